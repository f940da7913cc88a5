using CsCheck;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = Connmgr.Bitcoin.InventoryType;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin.Tests;

public class ProtocolConversionsTests
{
    [Fact]
    public void Services_OfAnyBits_AreTheSameBothWays() => Gen.ULong.Sample(
        static bits =>
        {
            Assert.Equal(bits, (ulong)((Services)bits).ToNBitcoinServices());
            Assert.Equal((Services)bits, ((NodeServices)bits).ToServices());
        },
        iter: Effort.Of(100));

    [Fact]
    public void Services_OfTheSameName_AreTheSame() =>
        Assert.Equal(
            Services.Network | Services.Bloom | Services.Witness | Services.CompactFilters | Services.NetworkLimited,
            (NodeServices.Network | NodeServices.NODE_BLOOM | NodeServices.NODE_WITNESS | NodeServices.NODE_COMPACT_FILTERS | NodeServices.NODE_NETWORK_LIMITED).ToServices());

    [Theory]
    [InlineData(Inventory.Transaction, InventoryType.MSG_TX)]
    [InlineData(Inventory.Block, InventoryType.MSG_BLOCK)]
    [InlineData(Inventory.FilteredBlock, InventoryType.MSG_FILTERED_BLOCK)]
    [InlineData(Inventory.CompactBlock, InventoryType.MSG_CMPCT_BLOCK)]
    [InlineData(Inventory.TransactionByWtxid, InventoryType.MSG_WTX)]
    [InlineData(Inventory.WitnessTransaction, InventoryType.MSG_WITNESS_TX)]
    [InlineData(Inventory.WitnessBlock, InventoryType.MSG_WITNESS_BLOCK)]
    public void InventoryTypes_OfTheSameMeaning_AreTheSame(Inventory type, InventoryType expected)
    {
        var item = type.ToInventoryVector(uint256.One);
        Assert.Equal((expected, uint256.One), (item.Type, item.Hash));
        Assert.Equal(type, item.GetInventoryType());
    }
}
