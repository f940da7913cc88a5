namespace Connmgr.Tests.Addresses;

public class AddressNetworkTableTests
{
    [Fact]
    public void All_OfEveryNetworkThatAPeerCanBeOf_AreTheBitsInOrder()
    {
        Assert.Equal(AddressNetworkTable.Count, AddressNetworkTable.All.Length);
        Assert.Equal(Enum.GetValues<AddressNetwork>().Where(network => network != AddressNetwork.Internal), AddressNetworkTable.All.Select(each => each.Network));
        Assert.Equal(AddressNetworks.All, AddressNetworkTable.All.Aggregate(AddressNetworks.None, (all, each) => all | each.Set));
        Assert.All(AddressNetworkTable.All, (each, index) =>
        {
            Assert.Equal(1 << index, (int)each.Set);
            Assert.Equal(index, AddressNetworkTable.IndexOf(each.Network));
            Assert.Equal(each.Set, each.Network.ToSet());
            Assert.Equal(each.Set, AddressNetworkTable.Parse(each.Network.ToWord()));
            Assert.Equal(each.Network.ToString(), each.Set.ToString());
        });
    }

    [Fact]
    public void Internal_IsOfNoSet()
    {
        Assert.Equal(-1, AddressNetworkTable.IndexOf(AddressNetwork.Internal));
        Assert.Equal(AddressNetworks.None, AddressNetwork.Internal.ToSet());
        Assert.Equal("other", AddressNetwork.Internal.ToWord());
    }

    [Theory]
    [InlineData("")]
    [InlineData("other")]
    [InlineData("Onion")]
    public void Parse_OfNoWord_IsEmpty(string word) => Assert.Equal(AddressNetworks.None, AddressNetworkTable.Parse(word));
}
