using NBitcoin;
using NBitcoin.Protocol;
using Inventory = Connmgr.Bitcoin.InventoryType;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin;

/// <summary>Converts services and inventory, whose values are the same on the wire. No bit is lost.</summary>
public static class ProtocolConversions
{
    /// <summary>Converts services to this library's.</summary>
    /// <param name="services">NBitcoin's services.</param>
    /// <returns>The services.</returns>
    public static Services ToServices(this NodeServices services) => (Services)(ulong)services;

    /// <summary>Converts services to NBitcoin's.</summary>
    /// <param name="services">The services.</param>
    /// <returns>NBitcoin's services.</returns>
    public static NodeServices ToNBitcoinServices(this Services services) => (NodeServices)(ulong)services;

    /// <summary>Gets the type of an item in an inventory.</summary>
    /// <param name="item">NBitcoin's item.</param>
    /// <returns>The type.</returns>
    public static Inventory GetInventoryType(this InventoryVector item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return (Inventory)(uint)item.Type;
    }

    /// <summary>Creates NBitcoin's item of an inventory.</summary>
    /// <param name="type">The type.</param>
    /// <param name="hash">The hash of the transaction or block.</param>
    /// <returns>The item.</returns>
    public static InventoryVector ToInventoryVector(this Inventory type, uint256 hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return new((InventoryType)(uint)type, hash);
    }
}
