using System.Net;

namespace Connmgr.Interop;

/// <summary>Breaks the way to addresses in a namespace, and mends it, by rules of nftables on what comes in there.</summary>
internal sealed class PacketFilter
{
    private const string Table = "ip faults";

    private readonly NetworkNamespace _network;

    private PacketFilter(NetworkNamespace network) => _network = network;

    /// <summary>Makes a filter that lets everything pass. Skips the test where that is not possible.</summary>
    public static async Task<PacketFilter> CreateAsync(NetworkNamespace network, CancellationToken cancellationToken)
    {
        Servers.RequirePacketFilter();
        var filter = new PacketFilter(network);
        await filter.RunAsync($"add table {Table}; add chain {Table} in {{ type filter hook input priority 0; }}", cancellationToken);
        return filter;
    }

    /// <summary>What is sent to an address, or to a prefix such as 20.0.0.0/8, vanishes.</summary>
    public Task SwallowAsync(string to, CancellationToken cancellationToken) =>
        RunAsync($"add rule {Table} in ip daddr {to} drop", cancellationToken);

    /// <summary>What is sent to a TCP port of an address vanishes, unless the address is among these.</summary>
    public async Task SwallowAllButAsync(IEnumerable<IPAddress> alive, int port, CancellationToken cancellationToken)
    {
        await RunAsync($"add set {Table} alive {{ type ipv4_addr; }}", cancellationToken);
        await RunAsync($"add element {Table} alive {{ {string.Join(", ", alive)} }}", cancellationToken);
        await RunAsync($"add rule {Table} in tcp dport {port} ip daddr != @alive drop", cancellationToken);
    }

    /// <summary>
    /// Data sent to an endpoint are answered by a reset, and new connections are refused. Acknowledgements pass: the system sends them at
    /// times of its own, and a reset that meets a send would leave the error to the send or to the read.
    /// </summary>
    public Task ResetAsync(IPEndPoint to, CancellationToken cancellationToken) => RunAsync(
        $"add rule {Table} in ip daddr {to.Address} tcp dport {to.Port} tcp flags & (syn | psh) != 0 reject with tcp reset", cancellationToken);

    /// <summary>Everything passes again.</summary>
    public Task MendAsync(CancellationToken cancellationToken) => RunAsync($"flush chain {Table} in", cancellationToken);

    private Task<string> RunAsync(string commands, CancellationToken cancellationToken) =>
        _network.RunAsync("nft", [commands], cancellationToken);
}
