using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>When the address source is asked, when it rests, what it is told.</summary>
public class SourceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_IsAskedForAgainAfterRetryDuration(bool throws)
    {
        var source = new FakeSource(() => throws ? throw new IOException("empty") : null);
        var h = With(source);
        Assert.Equal(1, source.Calls);
        h.Advance(5 * Second - Ms, Ms);
        Assert.Equal(1, source.Calls);
        h.Advance(Ms, Ms);
        Assert.Equal(2, source.Calls);
        h.Stop();
    }

    [Fact]
    public void NotifyAddressesAvailable_EndsTheRest()
    {
        EndPoint? next = null;
        var source = new FakeSource(() => next);
        var h = With(source);
        h.Advance(Second);
        next = Ip("1.2.3.4");
        h.Manager.NotifyAddressesAvailable();
        h.Settle();
        Assert.Equal(next, Assert.Single(h.Dialer.All).EndPoint);
        h.Stop();
    }

    [Fact]
    public void NotifyAddressesAvailable_WhileTheSourceIsBeingAsked_IsNotLost()
    {
        var answer = new TaskCompletionSource<Candidate?>();
        var source = new FakeSource((_, _) => new ValueTask<Candidate?>(answer.Task));
        var h = With(source);
        h.Manager.NotifyAddressesAvailable();
        h.Settle();
        var first = answer;
        answer = new TaskCompletionSource<Candidate?>();
        first.SetResult(null);
        h.Settle();
        Assert.Equal(2, source.Calls);
        answer.SetResult(null);
        h.Stop();
    }

    /// <summary>A source that waits for an address of one kind may have one of another: it need not look itself whether another place is free.</summary>
    [Fact]
    public void AFurtherPlaceThatFallsFree_PutsAWaitingQuestionAnew()
    {
        var left = 2;
        ManagerHarness? h = null;
        var source = new FakeSource(async (_, token) =>
        {
            if (left-- <= 0)
            {
                var never = new TaskCompletionSource();
                using (token.Register(() => never.TrySetCanceled(token)))
                    await never.Task;
            }

            return new Candidate(h!.NewAddress());
        });
        h = new ManagerHarness(options => (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, 3));
        h.Dialer.OnDial = static dial => dial.Succeed();
        h.Start();
        Assert.Equal((2, 3), (h.Automatic, source.Calls)); // The third question waits.
        h.Advance(Minute);
        Assert.Equal(3, source.Calls);

        left = 1;
        h.Connected[0].Connection.Close();
        h.Settle();

        Assert.False(source.WasCalledTwiceAtOnce);
        Assert.Equal(5, source.Calls); // One is answered, and one waits for what is still free.
        h.Stop();
    }

    [Fact]
    public void ASourceThatNotifiesEachTimeItHasNothing_IsNotAskedWithoutPause()
    {
        ManagerHarness? h = null;
        var source = new FakeSource(() =>
        {
            h?.Manager.NotifyAddressesAvailable();
            return null;
        });
        h = With(source);
        h.Manager.NotifyAddressesAvailable();
        h.Advance(10 * Second);
        Assert.InRange(source.Calls, 2, 16 + 160 + 4); // The dial bucket of one slot.
        h.Stop();
    }

    [Fact]
    public void AHundredRefusedInARow_RestTheSource()
    {
        var source = new FakeSource(() => Ip("1.2.3.4"));
        var h = With(source, options => options.Gate = static (_, _) => GateVerdict.Refuse);
        Assert.Equal(100, source.Calls);
        h.Advance(5 * Second - Ms, 100 * Ms);
        Assert.Equal(100, source.Calls);
        h.Advance(Ms, Ms);
        Assert.Equal(200, source.Calls);
        Assert.All(source.Reports, report => Assert.Equal((ConnectPhase.None, ConnectFailureCause.GateRefused), (report.Phase, report.Cause)));
        h.Stop();
    }

    [Fact]
    public async Task Rests_AreTold()
    {
        var source = new FakeSource(() => null);
        var h = new ManagerHarness(options => (options.GetNewAddress, options.AddressSource) = (null, source));
        var events = new EventRecorder(h.Manager);
        h.Start();
        h.Stop();
        Assert.Equal("it has no address", Assert.Single(await events.AllAsync<AddressSourcePaused>()).Reason);
    }

    [Fact]
    public void TheSource_IsNeverCalledTwiceAtOnce()
    {
        var waiting = new Queue<TaskCompletionSource<Candidate?>>();
        var source = new FakeSource((_, _) =>
        {
            var answer = new TaskCompletionSource<Candidate?>();
            waiting.Enqueue(answer);
            return new ValueTask<Candidate?>(answer.Task);
        });
        var h = With(source, options => options.TargetOutbound = 8);
        for (var i = 0; i < 200; i++)
        {
            switch (i % 5)
            {
                case 0:
                    h.Manager.NotifyAddressesAvailable();
                    break;
                case 1:
                    h.Run(h.Manager.SetTargetOutboundAsync(i % 3 * 4)); // It is cancelled, but takes its time.
                    break;
                case 2:
                    h.Manager.NewConnectionRequest();
                    break;
                case 3:
                    h.Advance(Second);
                    break;
                default:
                    if (waiting.TryDequeue(out var answer))
                        answer.SetResult(i % 2 == 0 ? null : new Candidate(h.NewAddress()));
                    break;
            }

            h.Settle();
        }

        Assert.False(source.WasCalledTwiceAtOnce);
        while (waiting.TryDequeue(out var last))
            last.SetResult(null);
        h.Stop();
    }

    [Fact]
    public void TheQuestion_IsCancelledWhenNoSlotIsVacant()
    {
        CancellationToken asked = default;
        ManagerHarness? h = null;
        var source = new FakeSource(async (_, token) =>
        {
            asked = token;
            if (h is null)
                return new Candidate(Ip("1.2.3.4"));
            await ForeverAsync(token);
            return null;
        });
        var harness = With(source);
        h = harness;
        harness.Advance(550 * Ms); // The only attempt is old: another address is wanted.
        Assert.False(asked.IsCancellationRequested);
        harness.Dialer.All[0].Succeed();
        harness.Settle();
        Assert.True(asked.IsCancellationRequested);
        Assert.Equal(2, source.Calls);

        harness.Run(harness.Manager.RemoveAsync(harness.Connected[0].Request.Id));
        Assert.Equal(3, source.Calls); // A cancelled question is no rest.
        harness.Stop();
    }

    [Fact]
    public void EveryCandidate_GetsExactlyOneReport()
    {
        ManagerHarness? h = null;
        var random = new Random(7);
        var source = new FakeSource(() => random.Next(4) == 0 ? Ip("1.2.3.4") : h!.NewAddress());
        h = new ManagerHarness(options =>
        {
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound) = (null, source, 4);
            options.Handshake = async (_, token) =>
            {
                if (random.Next(5) == 0)
                    throw new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, "by the test");
                if (random.Next(5) == 0)
                    await ForeverAsync(token);
            };
        });
        h.Dialer.OnDial = dial =>
        {
            switch (random.Next(4))
            {
                case 0:
                    dial.Fail();
                    break;
                case 1:
                    dial.Throw();
                    break;
                case 2:
                    dial.Succeed();
                    break;
                default:
                    break;
            }
        };
        h.Start();
        for (var i = 0; i < 300; i++)
        {
            h.Advance(random.Next(500) * Ms);
            if (h.Snapshot.Connections is [var first, ..])
                h.Run(h.Manager.DisconnectAsync(first.Connection.Id, triggerReconnect: random.Next(2) == 0));
        }

        h.Stop();
        Assert.InRange(source.Given.Count, 300, 10_000);
        Assert.Equal(source.Given.Select(candidate => (int)candidate.Tag!), source.Reports.Select(report => (int)report.Tag!).Order());
    }

    [Fact]
    public void AReportThatThrows_IsContained()
    {
        var logger = new FakeLoggerFactory();
        var h = Full(1, options => (options.GetNewAddress, options.AddressSource, options.LoggerFactory) = (null, new BadSource(), logger));
        Assert.Contains("IAddressSource.ReportOutcome failed", Assert.Single(logger.Warnings).Message, StringComparison.Ordinal);
        h.Stop();
    }

    [Fact]
    public void NewConnectionRequest_IsDialledAtAnAddressOfTheSource()
    {
        var h = Full(1);
        var request = h.Manager.NewConnectionRequest();
        h.Settle();
        Assert.True(h.Run(request.FirstOutcome).Succeeded);
        Assert.NotNull(request.EndPoint);
        Assert.Equal(1, h.Automatic);
        Assert.Equal(1, h.Snapshot.Count(ConnectionKind.OneOff));
        h.Stop();
    }

    [Fact]
    public void NewConnectionRequest_WhileTheSourceIsAskedForAutomaticOnes_DoesNotWaitForTheirAnswer()
    {
        var kinds = new List<ConnectionKind>();
        var source = new FakeSource(async (request, token) =>
        {
            kinds.Add(request.Kind);
            if (request.Kind == ConnectionKind.OneOff)
                return new Candidate(Ip("1.2.3.4"));
            await ForeverAsync(token); // A source that waits until it has one.
            return null;
        });
        var h = With(source);
        var request = h.Manager.NewConnectionRequest();
        h.Settle();
        Assert.Equal(Ip("1.2.3.4"), request.EndPoint);
        Assert.Equal([ConnectionKind.Automatic, ConnectionKind.OneOff, ConnectionKind.Automatic], kinds);
        h.Stop();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NewConnectionRequest_WithoutAnAddress_Ends(bool hasSource)
    {
        var h = Dialing(0, options => options.GetNewAddress = hasSource ? static _ => ValueTask.FromResult<EndPoint?>(null) : null);
        var request = h.Manager.NewConnectionRequest();
        h.Settle();
        Assert.Equal(ConnectFailureCause.NoAddress, h.Run(request.FirstOutcome).Cause);
        Assert.Empty(h.Snapshot.Requests);
        h.Stop();
    }

    private static ManagerHarness With(FakeSource source, Action<ConnectionManagerOptions>? configure = null) => Dialing(1, options =>
    {
        (options.GetNewAddress, options.AddressSource) = (null, source);
        configure?.Invoke(options);
    });

    private sealed class BadSource : IAddressSource
    {
        public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Candidate?>(new Candidate(Ip("1.2.3.4")));

        public void ReportOutcome(in AttemptOutcome outcome) => throw new IOException("by the test");
    }
}
