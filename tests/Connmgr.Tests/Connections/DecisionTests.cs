using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>What a call has decided holds once it is answered, whatever waits for a thread at that moment.</summary>
public class DecisionTests
{
    private readonly HashSet<EndPoint> _banned = [];

    private static IPEndPoint First => Ip("20.0.1.1");

    public static TheoryData<string> Calls => ["recheck", "disconnect", "disconnect where", "remove", "target", "suspend", "stop"];

    [Theory]
    [MemberData(nameof(Calls))]
    public void ACallIsAnswered_TheDialIsQueued_DoesNotBegin(string call)
    {
        var h = Dialing(target: 0, Gated);
        _ = h.Manager.SetTargetOutboundAsync(1);
        h.StepUntil(() => h.Manager.TakeSnapshot(default).Attempts.Length == 1);
        Assert.Empty(h.Dialer.All);

        End(h, call);

        Assert.DoesNotContain(h.Dialer.All, static dial => dial.EndPoint.Equals(First));
        h.Stop();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void ACallIsAnswered_TheHandshakeIsQueued_DoesNotBegin(string call)
    {
        var handshakes = new List<EndPoint?>();
        var h = Dialing(target: 1, options =>
        {
            Gated(options);
            options.Handshake = (connection, token) =>
            {
                handshakes.Add(connection.RemoteEndPoint);
                return new ValueTask(ForeverAsync(token));
            };
        });
        h.Dialer.All[0].Succeed();
        h.Manager.Pump();
        Assert.Equal(ConnectPhase.Handshake, Assert.Single(h.Manager.TakeSnapshot(default).Attempts).Phase);
        Assert.Empty(handshakes);

        End(h, call);

        Assert.DoesNotContain(First, handshakes);
        h.Stop();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void ACallIsAnswered_TheHandlerIsQueued_DoesNotBegin_NorIsItsEndTold(string call)
    {
        var h = Dialing(target: 1, Gated);
        h.Dialer.All[0].Succeed();
        h.Manager.Pump();
        Assert.Single(h.Manager.TakeSnapshot(default).Connections);
        Assert.Empty(h.Calls);

        End(h, call);

        Assert.DoesNotContain(h.Calls, static called => called.EndsWith(" 1", StringComparison.Ordinal));
        h.Stop();
        Assert.Empty(h.Disconnected);
    }

    [Fact]
    public void RemoveAsync_TheAcceptedConnectionsHandlerIsQueued_DoesNotBegin()
    {
        var listener = new FakeListener();
        var accepted = new List<Connection>();
        var h = Listening(listener, accepted);
        listener.Connect(First);
        h.Manager.Pump();
        var connection = Assert.Single(h.Manager.TakeSnapshot(default).Connections).Connection;

        Assert.True(h.RunCall(h.Manager.RemoveAsync(connection.Id)));

        h.Settle();
        Assert.Empty(accepted);
        Assert.True(connection.Closed.IsCompletedSuccessfully);
        h.Stop();
    }

    [Fact]
    public void RecheckGateAsync_IsAnsweredAfterItsEffects()
    {
        var h = NoSource(Gated);
        h.Manager.Connect(First);
        h.Manager.Pump();
        _banned.Add(First);

        // Whatever goes on at the very moment of the answer, on another thread, comes too late.
        var recheck = h.Manager.RecheckGateAsync();
        _ = recheck.ContinueWith(_ => h.RunWork(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Assert.Equal(1, h.Run(recheck));

        Assert.Empty(h.Dialer.All);
        h.Stop();
    }

    [Fact]
    public void SuspendAsync_TheQuestionIsQueued_TheSourceIsNotAsked()
    {
        var asked = 0;
        var h = NoSource(options =>
        {
            options.TargetOutbound = 0;
            options.GetNewAddress = _ =>
            {
                asked++;
                return ValueTask.FromResult<EndPoint?>(null);
            };
        });
        h.RunCall(h.Manager.SetTargetOutboundAsync(1));

        h.RunCall(h.Manager.SuspendAsync());

        h.Settle();
        Assert.Equal(0, asked);
        h.Run(h.Manager.ResumeAsync());
        Assert.Equal(1, asked);
        h.Stop();
    }

    /// <summary>Makes the call, which ends the first request; lets it be answered while no work runs; and then lets everything run.</summary>
    private void End(ManagerHarness h, string call)
    {
        _banned.Add(First);
        switch (call)
        {
            case "recheck":
                Assert.Equal(1, h.RunCall(h.Manager.RecheckGateAsync()));
                break;
            case "disconnect":
                Assert.True(h.RunCall(h.Manager.DisconnectAsync(1)));
                break;
            case "disconnect where":
                Assert.Equal(1, h.RunCall(h.Manager.DisconnectWhereAsync(static endPoint => endPoint.Equals(First))));
                break;
            case "remove":
                Assert.True(h.RunCall(h.Manager.RemoveAsync(1)));
                break;
            case "target":
                h.RunCall(h.Manager.SetTargetOutboundAsync(0));
                break;
            case "suspend":
                h.RunCall(h.Manager.SuspendAsync());
                break;
            default:
                h.Manager.RequestStop();
                h.Manager.Pump();
                break;
        }

        h.Settle();
    }

    private void Gated(ConnectionManagerOptions options) =>
        options.Gate = (endPoint, _) => _banned.Contains(endPoint) ? GateVerdict.Refuse : GateVerdict.Allow;
}
