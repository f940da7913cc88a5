using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class PeerProbeTests
{
    /// <summary>Checks a regression: a peer that was taking a long message, behind which its ping waited, counted as one that does not answer.</summary>
    [Fact]
    public async Task GetAnswer_ThePingWaitsToBeSent_IsUnknownUntilTheStreamStalls()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider();
        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await new BitcoinProtocol(new() { Chain = Frames.Chain, TimeProvider = time }).HandshakeAsync(stream, ConnectionDirection.Outbound, null, cancellation);
        var run = peer.RunAsync(static (_, _, _) => default, cancellation);
        await peer.KeepAlive.Pinging;
        stream.Feed(Frames.Of("pong", (await Frames.ReadAllAsync(stream.Written)).Last(static sent => sent.Command is "ping").Payload));
        await Eventually.TrueAsync(() => peer.LastRoundTrip is not null);
        await stream.Idle;

        stream.StallWritesAfter(0);
        var sending = peer.SendAsync(MessageCommand.Block, new byte[1000], cancellation).AsTask();
        await stream.Stalled;
        var probe = peer.KeepAlive.BeginProbe();
        Assert.Null(peer.KeepAlive.GetAnswer(probe));
        time.Advance(ConnectionChecks.Deadline);
        Assert.False(peer.KeepAlive.GetAnswer(probe));

        stream.End();
        await run;
        await Assert.ThrowsAsync<IOException>(() => sending);
    }
}
