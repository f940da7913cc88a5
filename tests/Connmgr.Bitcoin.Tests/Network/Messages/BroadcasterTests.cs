using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>One message to many peers, of which some are slow.</summary>
public class BroadcasterTests
{
    private static readonly MessageCommand Some = new("some");

    private readonly FakeTimeProvider _time = new();
    private readonly PeerDirectory _directory = new();
    private readonly Broadcaster _broadcaster;

    public BroadcasterTests() => _broadcaster = new(_directory, Frames.Chain, _time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_ToSlowPeersToo_ReachesTheOthersAtOnce_AndSaysWhoTookIt()
    {
        var (quick, sent) = await JoinAsync();
        var (stuck, stuckStream) = await StuckAsync();
        var (ended, _) = await JoinAsync();
        var (unwanted, unwantedSent) = await JoinAsync();
        _directory.End(ended);
        var payload = new byte[] { 1, 2, 3 };
        var sending = _broadcaster.SendAsync(Some, payload, peer => peer != unwanted, deadline: TimeSpan.FromSeconds(5), Ct);
        payload[0] = 9; // It was copied.
        await stuckStream.Stalled;
        var (command, received) = await sent.NextAsync();
        Assert.Equal("some", command);
        Assert.Equal([1, 2, 3], received);
        Assert.False(sending.IsCompleted); // It waits for the one that is stuck, until the deadline alone.
        _time.Advance(TimeSpan.FromSeconds(5));
        var result = await sending.WaitAsync(TestPeers.Patience, Ct);
        Assert.Equal([quick], result.Taken);
        Assert.Equal([new(stuck, BroadcastMissReason.Deadline)], result.Missed);
        Assert.Empty(unwantedSent.Rest());
        await TestPeers.EndAsync(stuck, "enough"); // Its message had begun.
    }

    [Fact]
    public async Task Send_ToAPeerThatEndsMeanwhile_SaysSo()
    {
        var (stuck, stream) = await StuckAsync();
        var sending = _broadcaster.SendAsync(Some, default, where: null, deadline: null, Ct);
        await stream.Stalled;
        await TestPeers.EndAsync(stuck, "enough");
        var result = await sending.WaitAsync(TestPeers.Patience, Ct);
        Assert.Equal([new(stuck, BroadcastMissReason.Ended)], result.Missed);
        Assert.Empty(result.Taken);
    }

    [Fact]
    public async Task Send_ToAPeerWithAFullBacklog_LeavesItOut_AndItStays()
    {
        var (stuck, stream) = await StuckAsync(TestPeers.NewProtocol(static options => options.MaxSendBacklog = 1000));
        var first = stuck.SendAsync(Some, new byte[900], Ct).AsTask();
        await stream.Stalled;
        var result = await _broadcaster.SendAsync(Some, new byte[200], where: null, deadline: null, Ct).WaitAsync(TestPeers.Patience, Ct);
        Assert.Equal([new(stuck, BroadcastMissReason.Backlog)], result.Missed);
        Assert.False(stuck.Closed.IsCompleted);
        Assert.False(first.IsCompleted);
        await TestPeers.EndAsync(stuck, "enough");
        await Assert.ThrowsAsync<IOException>(() => first);
    }

    [Fact]
    public async Task Send_Canceled_Throws()
    {
        var (stuck, stream) = await StuckAsync();
        using var cancel = new CancellationTokenSource();
        var sending = _broadcaster.SendAsync(Some, default, where: null, deadline: null, cancel.Token);
        await stream.Stalled;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TestPeers.Patience, Ct));
        await TestPeers.EndAsync(stuck, "enough");
    }

    private async Task<(BitcoinPeer Peer, SentMessages Sent)> JoinAsync()
    {
        var sent = new SentMessages();
        var (peer, stream) = await TestPeers.OneAsync(afterWrite: sent.Wrote);
        sent.Begin(stream);
        _directory.Add(peer);
        return (peer, sent);
    }

    private async Task<(BitcoinPeer Peer, FakeStream Stream)> StuckAsync(BitcoinProtocol? protocol = null)
    {
        var (peer, stream) = await TestPeers.OneAsync(protocol: protocol);
        stream.StallWritesAfter(0);
        _directory.Add(peer);
        return (peer, stream);
    }
}
