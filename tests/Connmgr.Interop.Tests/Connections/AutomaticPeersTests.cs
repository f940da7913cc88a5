using System.Net;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Interop;

/// <summary>Automatic connections over real nodes at routable addresses, and over addresses that swallow what is sent to them.</summary>
public sealed class AutomaticPeersTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TargetOutbound_NodesOfFourNetgroups_OneConnectionInEach()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(
            network, Cancellation, "20.1.0.1", "20.1.0.2", "20.2.0.1", "20.3.0.1", "20.4.0.1");
        var source = new AddressList([.. nodes.Select(node => node.EndPoint)]);
        await using var ours = new RegtestManager(
            options => (options.TargetOutbound, options.GetNewAddress) = (4, source.NextAsync), network: network);

        await ours.Manager.StartAsync(Cancellation);

        var connections = await EstablishedAsync(ours, 4);
        Assert.Equal("20.1 20.2 20.3 20.4", GetGroups(connections));
        foreach (var connection in connections)
        {
            var node = nodes.Single(node => node.EndPoint.Equals(connection.RemoteEndPoint));
            await node.WaitForPeersAsync(peers => peers.Count == 1 && ours.IsMe(peers[0]), Cancellation);
        }

        var left = nodes.Single(node => !connections.Exists(connection => node.EndPoint.Equals(connection.RemoteEndPoint)));
        await left.WaitForPeersAsync(peers => peers.Count == 0, Cancellation);
    }

    [Fact]
    public async Task TargetOutbound_MoreThanNetgroups_NeverASecondConnectionInOne()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(network, Cancellation, "20.1.0.1", "20.1.0.2", "20.2.0.1");
        var source = new AddressList([.. nodes.Select(node => node.EndPoint)]);
        await using var ours = new RegtestManager(
            options => (options.TargetOutbound, options.AddressSource) = (3, source), network: network);

        await ours.Manager.StartAsync(Cancellation);
        await EstablishedAsync(ours, 2);

        // The third slot has had every address refused by now, over and over.
        await ours.Events.NextAsync<AddressSourcePaused>(Cancellation);
        await ours.Events.NextAsync<AddressSourcePaused>(Cancellation);
        Assert.Equal(2, (await ours.Manager.GetSnapshotAsync(Cancellation)).Count(ConnectionKind.Automatic));
        Assert.Equal(2, ours.Events.Seen.Count(seen => seen is AttemptStarted));
        Assert.Contains(
            source.Outcomes, outcome => outcome.Cause == ConnectFailureCause.NetgroupLimit && outcome.EndPoint!.Equals(nodes[1].EndPoint));
        await nodes[1].WaitForPeersAsync(peers => peers.Count == 0, Cancellation);
    }

    [Fact]
    public async Task DialHedgeDelay_DeadAddressesAmongThem_TargetIsReachedWithoutWaitingForTheirTimeouts()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var filter = await PacketFilter.CreateAsync(network, Cancellation);
        await filter.SwallowAsync("20.128.0.0/9", Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(network, Cancellation, "20.1.0.1", "20.2.0.1", "20.3.0.1");
        var dead = Enumerable.Range(1, 12).Select(n => new IPEndPoint(new IPAddress([20, (byte)(128 + n), 0, 1]), 18444));
        var source = new AddressList([.. dead, .. nodes.Select(node => node.EndPoint)]);
        await using var ours = new RegtestManager(
            options =>
            {
                (options.TargetOutbound, options.AddressSource) = (3, source);
                (options.DialTimeout, options.DialHedgeDelay) = (Never, TimeSpan.FromMilliseconds(50));
            },
            network: network);

        await ours.Manager.StartAsync(Cancellation);

        Assert.Equal("20.1 20.2 20.3", GetGroups(await EstablishedAsync(ours, 3)));

        // The dead ones were given up, unharmed, once they were not needed.
        var snapshot = await ours.Manager.GetSnapshotAsync(Cancellation);
        Assert.Empty(snapshot.Attempts);
        await Poll.UntilAsync(
            _ => Task.FromResult(GivenUp().Count() >= 12),
            () => "the source was not told of the dead addresses",
            Cancellation);
        Assert.All(
            GivenUp(), outcome => Assert.Equal((ConnectFailureCause.Canceled, false), (outcome.Cause, outcome.CountsAgainstAddress)));

        // A list that has no more to give offers again what is being dialled.
        IEnumerable<AttemptOutcome> GivenUp() =>
            source.Outcomes.Where(outcome => outcome is { Succeeded: false, Cause: not ConnectFailureCause.DuplicateAddress });
    }

    [Fact]
    public async Task PongTimeout_ConnectedNodeBecomesABlackHole_SlotGoesToAnother()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var filter = await PacketFilter.CreateAsync(network, Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(network, Cancellation, "20.1.0.1", "20.2.0.1");
        var source = new AddressList([.. nodes.Select(node => node.EndPoint)]);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var ours = new RegtestManager(
            options => (options.TargetOutbound, options.GetNewAddress) = (1, source.NextAsync), peers => peers.TimeProvider = time, network);
        await ours.Manager.StartAsync(Cancellation);
        var first = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        var firstAddress = Assert.IsType<IPEndPoint>(first.RemoteEndPoint).Address;
        var peer = RegtestManager.GetPeer(first);
        await Poll.UntilAsync(_ => Task.FromResult(peer.LastRoundTrip is not null), () => "the node answers no ping", Cancellation);

        await filter.SwallowAsync(firstAddress.ToString(), Cancellation);
        var sent = peer.BytesSent;
        time.Advance(new BitcoinPeerOptions().PingInterval);
        await Poll.UntilAsync(_ => Task.FromResult(peer.BytesSent > sent), () => "no ping was sent", Cancellation);
        time.Advance(new BitcoinPeerOptions().PongTimeout + TimeSpan.FromMinutes(1));
        var closed = await ours.Events.NextAsync<ConnectionClosed>(Cancellation);
        Assert.Same(first, closed.Connection);
        Assert.Equal(DisconnectCause.PingTimeout, closed.Reason.Cause);
        Assert.Equal(ProtocolViolation.PongTimeout, Assert.IsType<BitcoinProtocolException>(closed.Reason.Exception).Violation);
        var next = (await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection;
        Assert.Equal(nodes.Single(node => !node.EndPoint.Address.Equals(firstAddress)).EndPoint, next.RemoteEndPoint);
    }

    private static async Task<List<Connection>> EstablishedAsync(RegtestManager ours, int count)
    {
        var connections = new List<Connection>();
        while (connections.Count < count)
        {
            connections.Add((await ours.Events.NextAsync<ConnectionEstablished>(Cancellation)).Connection);
        }

        return connections;
    }

    private static string GetGroups(IEnumerable<Connection> connections) => string.Join(
        ' ',
        connections.Select(connection => GetGroup(Assert.IsType<IPEndPoint>(connection.RemoteEndPoint).Address)).Order(StringComparer.Ordinal));

    private static string GetGroup(IPAddress address) => string.Join('.', address.ToString().Split('.').Take(2));
}
