using System.Net;
using Connmgr.Tests.Addresses;

namespace Connmgr.Fleet.Tests;

public class ClaimedSourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The other process may hold it only to try it: that proves nothing.</summary>
    [Fact]
    public async Task GetAsync_TheOccupantOfAPlaceIsHeldElsewhere_TheClaimantGetsThePlaceOfADeadOne()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync();
        await using var other = await redis.JoinAsync();
        var world = new BookWorld();
        var (old, claimant) = world.Collide(1);
        using var claim = await other.Claims.TryClaimAsync(old.ToEndPoint()!);
        Assert.Null(await fleet.Claims.TryClaimAsync(old.ToEndPoint()!));
        var book = new AddressBookSource(world.Book);
        var source = fleet.Claims.Wrap(new Source(request => book.ChooseFeeler(request)?.EndPoint.ToEndPoint()));

        Assert.Equal(claimant.ToEndPoint(), (await source.GetAsync(new CandidateRequest(ConnectionKind.OneOff), Token))?.EndPoint);
        world.Clock.Advance(TimeSpan.FromHours(1)); // Within 4 hours of a success, the occupant would stay.
        world.Book.ResolveCollisions();

        Assert.True(world.Book.TryGet(claimant, out var entry));
        Assert.True(entry.IsTried);
    }

    [Fact]
    public async Task GetAsync_TheClaimFails_ReportsTheCandidate()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync();
        using var cancellation = new CancellationTokenSource();
        var inner = new Source(_ =>
        {
            cancellation.Cancel(); // Between the choice and the claim.
            return IPEndPoint.Parse("203.0.113.7:8333");
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await fleet.Claims.Wrap(inner).GetAsync(new CandidateRequest(ConnectionKind.Automatic), cancellation.Token));

        Assert.Equal([ConnectFailureCause.Canceled], inner.Reports);
        Assert.Equal(0, fleet.Claims.Count);
    }

    /// <summary>The source gets one report at a time: that of the manager waits for that of a candidate which another process holds.</summary>
    [Fact]
    public async Task ReportOutcome_WhileARefusedCandidateIsReported_WaitsForIt()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fleet = await redis.JoinAsync();
        await using var other = await redis.JoinAsync();
        var address = IPEndPoint.Parse("203.0.113.7:8333");
        using var claim = await other.Claims.TryClaimAsync(address);
        var offered = 0;
        Thread? reporter = null;
        IAddressSource? source = null;
        var inner = new Source(_ => offered++ == 0 ? address : null)
        {
            OnReport = () =>
            {
                if (reporter is not null)
                    return;
                reporter = new Thread(() => source!.ReportOutcome(new AttemptOutcome { RequestId = 1, EndPoint = address }));
                reporter.Start();
                while (reporter.IsAlive && !reporter.ThreadState.HasFlag(ThreadState.WaitSleepJoin))
                    Thread.Yield();
            },
        };
        source = fleet.Claims.Wrap(inner);

        Assert.Null(await source.GetAsync(new CandidateRequest(ConnectionKind.Automatic), Token));
        reporter!.Join();

        Assert.Equal(1, inner.MostRunning);
        Assert.Equal(2, inner.Reports.Count);
    }

    private sealed class Source(Func<CandidateRequest, EndPoint?> choose) : IAddressSource
    {
        private int _running;

        public List<ConnectFailureCause> Reports { get; } = [];

        public Action? OnReport { get; init; }

        public int MostRunning { get; private set; }

        public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Candidate?>(choose(request) is { } endPoint ? new Candidate(endPoint) : null);

        public void ReportOutcome(in AttemptOutcome outcome)
        {
            MostRunning = Math.Max(MostRunning, Interlocked.Increment(ref _running));
            OnReport?.Invoke();
            Reports.Add(outcome.Cause);
            Interlocked.Decrement(ref _running);
        }
    }
}
