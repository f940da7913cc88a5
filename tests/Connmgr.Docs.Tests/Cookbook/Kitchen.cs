using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>What the recipes of docs/cookbook.md run in.</summary>
internal static class Kitchen
{
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(1);

    /// <summary>Creates a sandbox whose hosts are all good and quick.</summary>
    public static SandboxNetwork CreateSandbox(TimeProvider? time = null, double ipv6Share = 0) => new(new()
    {
        Peers = 60,
        Seed = 1,
        TimeProvider = time ?? TimeProvider.System,
        DeadShare = 0,
        SlowShare = 0,
        SilentShare = 0,
        ResettingShare = 0,
        RestlessShare = 0,
        HostileShare = 0,
        IPv6Share = ipv6Share,
        Latency = TimeSpan.FromMilliseconds(5),
        BlockInterval = TimeSpan.FromSeconds(1),
    });

    /// <summary>Has a network live in a sandbox, and starts it.</summary>
    public static async Task<PeerNetwork> StartAsync(SandboxNetwork sandbox, PeerNetworkOptions options)
    {
        sandbox.Attach(options);
        var network = new PeerNetwork(options);
        await network.StartAsync();
        return network;
    }

    /// <summary>Creates a host that performs the handshake of Bitcoin's main network, keeps the connection, and reports its visitors.</summary>
    public static HostBehavior CreateNode(Action<BitcoinPeer> onVisitor, Func<Stream, CancellationToken, ValueTask<Stream>>? secure = null) =>
        HostBehavior.Serving(async (stream, token) =>
        {
            try
            {
                var protocol = new BitcoinProtocol(new() { Chain = ChainParameters.Mainnet, Services = NodeServices.Network | NodeServices.Witness });
                var inner = secure is null ? stream : await secure(stream, token);
                var peer = await protocol.HandshakeAsync(inner, ConnectionDirection.Inbound, remoteEndPoint: null, token);
                onVisitor(peer);
                await peer.RunAsync(static (_, _, _) => ValueTask.CompletedTask, token);
            }
            catch (Exception e) when (e is ConnectFailedException or BitcoinProtocolException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The other side has ended the connection.
            }
        });

    /// <summary>The addresses of a network's peers.</summary>
    public static IEnumerable<EndPoint?> GetAddresses(this PeerNetwork network) => network.Peers.Select(static peer => peer.RemoteEndPoint);
}
