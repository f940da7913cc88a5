using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>The handshake is part of the attempt.</summary>
public class HandshakeTests
{
    [Fact]
    public void UntilItIsDone_TheRequestIsPendingAndNotHandedOver()
    {
        var done = new TaskCompletionSource();
        var h = NoSource(options => options.Handshake = async (_, _) => await done.Task);
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectionState.Pending, request.State);
        Assert.Equal(ConnectPhase.Handshake, Assert.Single(h.Snapshot.Attempts).Phase);
        Assert.Empty(h.Calls);

        done.SetResult();
        h.Settle();
        Assert.Equal(ConnectionState.Established, request.State);
        Assert.Equal(["OnConnection 1"], h.Calls);
        h.Stop();
    }

    [Fact]
    public void HostsThatAcceptAndStaySilent_DoNotHoldTheSlots()
    {
        var n = 0;
        var h = Dialing(
            8,
            options => options.Handshake = async (_, token) =>
            {
                if (n++ < 8)
                    await ForeverAsync(token);
            },
            static dial => dial.Succeed());
        Assert.Equal(0, h.Automatic);
        h.Advance(Second);
        Assert.Equal(8, h.Automatic);
        Assert.Equal(8, h.Dialer.Streams.Count(stream => stream.Disposals == 1));
        h.Stop();
    }

    [Fact]
    public void AFailedHandshake_CountsAgainstTheAddress()
    {
        ManagerHarness? h = null;
        var source = new FakeSource(() => h!.NewAddress());
        var handshakes = 0;
        h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, 1);
            options.Handshake = (_, _) => handshakes++ == 0
                ? throw new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, "no witness")
                : default;
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Start();

        var report = source.Reports[0];
        Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation), (report.Phase, report.Cause));
        Assert.True(report.CountsAgainstAddress);
        Assert.Equal(1, h.Dialer.Streams[0].Disposals);
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    [Fact]
    public async Task AHandshakeThatHangs_EndsAtItsTimeout()
    {
        CancellationToken given = default;
        var h = NoSource(options => options.Handshake = async (_, token) =>
        {
            given = token;
            await ForeverAsync(token);
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Advance(Minute - Ms, 100 * Ms);
        Assert.False(given.IsCancellationRequested);
        h.Advance(Ms, Ms);
        Assert.True(given.IsCancellationRequested);
        var outcome = h.Run(request.FirstOutcome);
        Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.Timeout), (outcome.Phase, outcome.Cause));
        h.Stop();
    }

    [Fact]
    public void AHandshakeThatCloses_EndsTheAttempt()
    {
        var h = NoSource(options => options.Handshake = async (connection, token) =>
        {
            connection.Close("not wanted");
            await ForeverAsync(token);
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        var request = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectionState.Canceled, request.State);
        Assert.Empty(h.Calls);
        h.Stop();
    }

    [Fact]
    public void ReplaceStream_HandsTheNewStreamOverAndDisposesItAlone()
    {
        var wrapper = new FakeStream();
        var h = NoSource(options => options.Handshake = (connection, _) =>
        {
            connection.ReplaceStream(wrapper);
            return default;
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        var connection = h.Connected[0].Connection;
        Assert.Same(wrapper, connection.Stream);
        Assert.Equal(Ip("1.2.3.4"), connection.RemoteEndPoint);
        Assert.Throws<InvalidOperationException>(() => connection.ReplaceStream(new FakeStream()));

        connection.Close();
        h.Settle();
        Assert.Equal(1, wrapper.Disposals);
        Assert.Equal(0, h.Dialer.Streams[0].Disposals); // The wrapper's to dispose.
        h.Run(h.Manager.StopAsync(CancellationToken.None));
    }

    [Fact]
    public void ReplaceStream_AfterTheTimeout_IsAnError()
    {
        var late = new TaskCompletionSource();
        Exception? thrown = null;
        var h = NoSource(options => options.Handshake = async (connection, _) =>
        {
            await late.Task;
            thrown = Record.Exception(() => connection.ReplaceStream(new FakeStream()));
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Advance(Minute, Second);
        late.SetResult();
        h.Settle();
        Assert.IsType<InvalidOperationException>(thrown);
        h.Stop();
    }

    [Fact]
    public void Session_IsKeptForTheHandler()
    {
        var h = NoSource(options => options.Handshake = static (connection, _) =>
        {
            connection.UserState = "the peer";
            return default;
        });
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal("the peer", h.Connected[0].Connection.UserState);
        h.Stop();
    }
}
