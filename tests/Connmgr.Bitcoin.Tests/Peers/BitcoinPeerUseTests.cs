namespace Connmgr.Bitcoin.Tests;

public sealed class BitcoinPeerUseTests
{
    private static TimeSpan Patience => TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Id_OfPeersWithoutAConnection_IsNegativeAndUnique()
    {
        var bitcoin = NewProtocol();
        var ids = new[] { (await ConnectAsync(bitcoin)).Peer.Id, (await ConnectAsync(bitcoin)).Peer.Id };
        Assert.All(ids, id => Assert.True(id < 0));
        Assert.Equal(2, ids.Distinct().Count());
    }

    [Fact]
    public async Task Close_WithoutAConnection_EndsTheRunAndSaysWhy()
    {
        var (peer, stream) = await ConnectAsync(NewProtocol());
        var run = peer.RunAsync((_, _, _) => default, Ct);
        await stream.Idle;
        Assert.False(peer.Closed.IsCompleted);
        peer.Close("had enough");
        await run.WaitAsync(Patience, Ct);
        var reason = await peer.Closed.WaitAsync(Patience, Ct);
        Assert.Equal("Closed: had enough", reason.ToString());
        var refused = await Assert.ThrowsAsync<IOException>(() => peer.SendAsync(new("tx"), default, Ct).AsTask());
        Assert.Contains("had enough", refused.InnerException!.Message, StringComparison.Ordinal);
        Assert.False(peer.TryPost(new("tx"), []));
    }

    [Fact]
    public async Task Close_ForACauseOfThePeers_IsThrownByTheRun()
    {
        var (peer, _) = await ConnectAsync(NewProtocol());
        var run = peer.RunAsync((_, _, _) => default, Ct);
        peer.Close(DisconnectCause.ProtocolViolation, "a bad block");
        Assert.Equal(DisconnectCause.ProtocolViolation, (await Assert.ThrowsAsync<DisconnectedException>(() => run.WaitAsync(Patience, Ct))).Cause);
        Assert.Equal(DisconnectCause.ProtocolViolation, (await peer.Closed.WaitAsync(Patience, Ct)).Cause);
        Assert.Throws<ArgumentOutOfRangeException>(() => peer.Close(DisconnectCause.Stopped));
    }

    [Fact]
    public async Task Closed_PeerCloses_GivesThatReason()
    {
        var (peer, stream) = await ConnectAsync(NewProtocol());
        stream.End();
        await peer.RunAsync((_, _, _) => default, Ct);
        Assert.Equal(DisconnectCause.PeerClosed, (await peer.Closed.WaitAsync(Patience, Ct)).Cause);
    }

    [Fact]
    public async Task ReportHeight_OnlyHigherOnesCount()
    {
        var (peer, _) = await ConnectAsync(NewProtocol());
        Assert.Equal(Frames.PeerVersion.StartHeight, peer.BestKnownHeight);
        peer.ReportHeight(812_300);
        Assert.Equal(812_345, peer.BestKnownHeight);
        Parallel.For(0, 100, i => peer.ReportHeight(900_000 + i));
        Assert.Equal(900_099, peer.BestKnownHeight);
    }

    [Fact]
    public async Task ReportMisbehavior_WithoutANetwork_HasNoEffect()
    {
        var (peer, _) = await ConnectAsync(NewProtocol());
        Assert.Equal(default, peer.ReportMisbehavior(Misbehavior.InvalidData));
        peer.ReportUsefulBlock();
        peer.ReportUsefulTransaction();
    }

    [Fact]
    public async Task TryPost_IsSentInOrderAndEndsWithTheRun()
    {
        var (peer, stream) = await ConnectAsync(NewProtocol());
        var run = peer.RunAsync((_, _, _) => default, Ct);
        await stream.Idle;
        Assert.True(peer.TryPost(new("first"), [1]));
        await peer.SendAsync(new("second"), new byte[] { 2 }, Ct);
        var sent = (await Frames.CommandsAsync(stream.Written)).Where(command => command is "first" or "second");
        Assert.Equal("first second", string.Join(' ', sent));
        stream.StallWritesAfter(0);
        Assert.True(peer.TryPost(new("stuck"), [3]));
        await stream.Stalled;
        stream.End();
        await run.WaitAsync(Patience, Ct); // The write that is stuck does not outlive it.
        Assert.False(peer.TryPost(new("late"), []));
    }

    private static BitcoinProtocol NewProtocol() => new(new() { Chain = Frames.Chain });

    private static async Task<(BitcoinPeer Peer, FakeStream Stream)> ConnectAsync(BitcoinProtocol bitcoin)
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        return (await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct), stream);
    }
}
