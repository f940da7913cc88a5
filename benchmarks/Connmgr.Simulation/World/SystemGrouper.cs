namespace Connmgr.Simulation;

/// <summary>The AS map of a scene: groups addresses by the system that their prefix belongs to.</summary>
internal sealed class SystemGrouper(ushort[] systems) : INetgrouper
{
    private static readonly byte[] Identifier = [.. Enumerable.Repeat((byte)1, 32)];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Version => Identifier;

    /// <inheritdoc/>
    public Netgroup GetGroup(in NetworkAddress address) =>
        address.TryGetLinkedIPv4(out uint ipv4) && systems[ipv4 >> 16] is not 0 and var system ? Netgroup.FromAutonomousSystem(system) : Netgroup.FromAddress(address);
}
