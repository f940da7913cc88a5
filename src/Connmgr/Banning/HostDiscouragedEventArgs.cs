namespace Connmgr;

/// <summary>A host that was added to a <see cref="DiscouragedHosts"/>. Immutable.</summary>
/// <param name="host">The host, as <see cref="NetworkSubnet.FromHost"/> says.</param>
public sealed class HostDiscouragedEventArgs(NetworkSubnet host) : EventArgs
{
    /// <summary>The host: an IPv4 address, the /64 of an IPv6 address, or one address of another network.</summary>
    public NetworkSubnet Host { get; } = host;
}
