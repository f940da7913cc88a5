using System.Net;

namespace Connmgr.Interop;

/// <summary>What a stop leaves behind, as the system sees it: looks at the whole process, so it runs when no other test does.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class StopAsyncTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StopAsync_EverythingUnderWay_LeavesNoSocketNoTimerNoHandler()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var filter = await PacketFilter.CreateAsync(network, Cancellation);
        await filter.SwallowAsync("20.9.0.0/16", Cancellation);
        await using var nodes = await BitcoindNodes.StartAsync(network, Cancellation, "20.1.0.1", "20.2.0.1", "20.3.0.1");
        var time = new TimerCensus();
        var before = SocketTable.OfThisProcess();

        var listener = network.Run(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Parse("20.8.0.1"), 18444)));
        var source = new AddressList(nodes[0].EndPoint, nodes[1].EndPoint);
        await using var ours = new RegtestManager(
            options =>
            {
                (options.TargetOutbound, options.GetNewAddress) = (2, source.NextAsync);
                (options.ObserveNetworkChanges, options.TimeProvider) = (true, time);
                options.Listeners.Add(listener);
            },
            peers => peers.TimeProvider = time,
            network);
        await ours.Manager.StartAsync(Cancellation);

        // Automatic and permanent connections, a dial that hangs, a retry that waits, and inbound: a silent one that is in its handshake.
        ours.Manager.Connect(nodes[2].EndPoint, permanent: true);
        for (var connection = 0; connection < 3; connection++)
        {
            await ours.Events.NextAsync<ConnectionEstablished>(Cancellation);
        }

        var hanging = ours.Manager.Connect(new IPEndPoint(IPAddress.Parse("20.9.0.1"), 18444));
        var refused = ours.Manager.Connect(new IPEndPoint(IPAddress.Parse("20.7.0.1"), 18444), permanent: true);
        Assert.Equal(ConnectFailureCause.Refused, (await refused.FirstOutcome.WaitAsync(Cancellation)).Cause);
        var silent = await network.Run(() => new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation));
        await Poll.UntilAsync(
            async token => (await ours.Manager.GetSnapshotAsync(token)).Attempts.Any(attempt => attempt.Kind == ConnectionKind.Inbound),
            () => "the silent connection was not accepted",
            Cancellation);
        var during = SocketTable.OfThisProcess().Except(before, StringComparer.Ordinal).Count();

        // 3 connections, the listener, both ends of the silent one, the dial that hangs.
        Assert.True(during >= 3 + 1 + 2 + 1, $"only {during} sockets are open");
        Assert.NotEqual(0, time.Alive);
        await Poll.UntilAsync(_ => Task.FromResult(ours.Handlers == 3), () => $"{ours.Handlers} handlers run", Cancellation);

        await ours.Manager.StopAsync(Cancellation);

        await silent.DisposeAsync();
        Assert.Equal(ConnectFailureCause.Stopped, (await hanging.FirstOutcome.WaitAsync(Cancellation)).Cause);
        Assert.Empty(SocketTable.OfThisProcess().Except(before, StringComparer.Ordinal));
        Assert.Equal(0, time.Alive);
        Assert.Equal(0, ours.Handlers);
        Assert.True(ours.Manager.Completion.IsCompletedSuccessfully);
        Assert.Empty((await ours.Manager.GetSnapshotAsync(Cancellation)).Draining);

        // As the system has it for the whole namespace: nobody listens at our address, and nobody is connected to a node.
        var table = await SocketTable.OfAsync(network, Cancellation);
        Assert.Contains(table, entry => entry.State == SocketTable.State.Listening && entry.Local.Equals(nodes[0].EndPoint));
        Assert.DoesNotContain(table, entry => entry.State == SocketTable.State.Listening && entry.Local.Equals(listener.LocalEndPoint));
        Assert.DoesNotContain(
            table, entry => entry.State == SocketTable.State.Established && nodes.Any(node => entry.Remote.Equals(node.EndPoint)));
        foreach (var node in nodes)
        {
            await node.WaitForPeersAsync(peers => peers.Count == 0, Cancellation);
        }
    }
}
