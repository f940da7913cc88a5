using System.Net;

namespace Connmgr.Bitcoin.Tests.Network;

public sealed class InboundHostsTests
{
    private static readonly NetworkAddress Host = NetworkAddress.Parse("20.0.0.1");

    [Fact]
    public void Contains_SeveralPeersOfOneHost_IsTrueUntilTheLastHasLeft()
    {
        var hosts = new InboundHosts();
        hosts.Add(Host);
        hosts.Add(Host);
        hosts.Remove(Host);
        Assert.True(hosts.Contains(Host));
        hosts.Remove(Host);
        Assert.False(hosts.Contains(Host));
    }

    [Fact]
    public async Task AutomaticPeers_AHostThatIsConnectedInbound_IsDialledOnlyOnceItHasLeft()
    {
        await using var peers = new VirtualPeers();
        var here = IPEndPoint.Parse("30.0.0.1:18444");
        await using var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = 0,
            Book = peers.Book,
            Policies = PeerPolicies.None,
            Dial = peers.DialAsync,
            TimeProvider = peers.Time,
            ReadLocalNetwork = static () => null,
            Configure = manager => (manager.ObserveNetworkChanges, manager.Listeners) = (false, [peers.Memory.Listen(here)]),
        });
        var events = new List<ConnectionEvent>();
        await network.StartAsync(peers.Cancellation);
        var inbound = await peers.Memory.DialFrom(IPEndPoint.Parse("20.0.0.1:50000"))(here, peers.Cancellation);
        await inbound.WriteAsync(Frames.Handshake(), peers.Cancellation);
        await peers.AdvanceUntilAsync(network, () => new(network.Peers.Length == 1));

        peers.Add("20.0.0.1");
        peers.Add("21.0.0.1");
        await network.Connections.SetTargetOutboundAsync(2, peers.Cancellation);
        await peers.AdvanceUntilAsync(network, () => new(network.Peers.Any(static peer => IsAt(peer, "21.0.0.1"))), isFilling: true);
        Assert.Equal(2, network.Peers.Length);
        var reading = ReadAsync();
        await inbound.DisposeAsync();
        await peers.AdvanceUntilAsync(network, () => new(network.Peers.Count(static peer => peer.Direction == ConnectionDirection.Outbound) == 2), isFilling: true);
        await network.StopAsync(peers.Cancellation);
        await reading;

        var left = events.FindIndex(static happened => happened is ConnectionClosed { Connection.Direction: ConnectionDirection.Inbound });
        var dialled = events.FindIndex(static happened => happened is AttemptStarted { EndPoint: IPEndPoint to } && to.Address.Equals(IPAddress.Parse("20.0.0.1")));
        Assert.True(left >= 0 && left < dialled, $"{left} {dialled}");

        async Task ReadAsync()
        {
            await foreach (var happened in network.Connections.WatchAsync(peers.Cancellation))
                events.Add(happened);
        }
    }

    private static bool IsAt(BitcoinPeer peer, string address) => peer.RemoteEndPoint is IPEndPoint remote && remote.Address.Equals(IPAddress.Parse(address));
}
