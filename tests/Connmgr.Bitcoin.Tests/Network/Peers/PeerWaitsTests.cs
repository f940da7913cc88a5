using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Waits for peers, with and without leases.</summary>
public sealed class PeerWaitsTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly PeerDirectory _directory = new();
    private readonly PeerWaits _waits;

    public PeerWaitsTests() => _waits = new PeerWaits(_directory, _time, new Random(1));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _waits.DisposeAsync();

    [Fact]
    public async Task Get_OfAPresentPeer_DoesNotWait()
    {
        var peers = await JoinAsync(2);
        var got = _waits.GetAsync(peer => peer == peers[1], PeerPick.Random, Ct);
        Assert.True(got.IsCompletedSuccessfully);
        Assert.Same(peers[1], await got);
    }

    [Fact]
    public async Task Get_WaitsForTheOneThatMatches()
    {
        var peers = await TestPeers.ManyAsync(2);
        var got = _waits.GetAsync(peer => peer == peers[1], PeerPick.Random, Ct);
        _directory.Add(peers[0]);
        _directory.Add(peers[1]);
        Assert.Same(peers[1], await got.WaitAsync(TestPeers.Patience, Ct));
    }

    [Fact]
    public async Task Get_OfAPeerThatChanges_IsServedWithinASecond()
    {
        var peer = Assert.Single(await JoinAsync(1));
        var looked = 0;
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = _waits.GetAsync(
            candidate =>
            {
                if (Interlocked.Increment(ref looked) == 2)
                    again.SetResult(); // When it called and when it began to wait; from here on only time makes it look.
                return candidate.State is not null;
            },
            PeerPick.Random,
            Ct);
        await again.Task.WaitAsync(TestPeers.Patience, Ct);
        peer.State = "ready";
        while (!got.IsCompleted)
        {
            _time.Advance(PeerWaits.CheckInterval);
            await Task.Yield();
        }

        Assert.Same(peer, await got);
    }

    [Fact]
    public async Task Get_FunctionThatThrows_FailsThatWaitAlone()
    {
        var good = _waits.GetAsync(null, PeerPick.Random, Ct);
        var bad = _waits.GetAsync(static _ => throw new FormatException("mine"), PeerPick.Random, Ct);
        await JoinAsync(1);
        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => bad.WaitAsync(TestPeers.Patience, Ct))).Message);
        await good.WaitAsync(TestPeers.Patience, Ct);
    }

    [Fact]
    public async Task Get_ByRating_IsTheBest_AndAmongEqualOnesAny()
    {
        var peers = await JoinAsync(4);
        _waits.GetRating = peer => peer == peers[0] ? double.NaN : peer == peers[1] ? 0 : 5;
        var got = new HashSet<BitcoinPeer>();
        for (var i = 0; i < 100; i++)
            got.Add(await _waits.GetAsync(null, PeerPick.Rating, Ct));
        Assert.Equal(new HashSet<BitcoinPeer> { peers[2], peers[3] }, got);
    }

    [Fact]
    public async Task Get_ByChance_GivesEachAsOften()
    {
        var peers = await JoinAsync(4);
        var counts = peers.ToDictionary(static peer => peer, static _ => 0);
        for (var i = 0; i < 4000; i++)
            counts[await _waits.GetAsync(null, PeerPick.Random, Ct)]++;
        Assert.All(counts.Values, static count => Assert.InRange(count, 850, 1150)); // By a fixed seed.
    }

    [Fact]
    public async Task Get_ByLoad_AvoidsLeasedPeers()
    {
        var peers = await JoinAsync(3);
        using var first = await _waits.LeaseAsync(null, PeerPick.Load, Ct);
        using var second = await _waits.LeaseAsync(null, PeerPick.Load, Ct);
        var free = peers.Except([first.Peer, second.Peer]).Single();
        for (var i = 0; i < 20; i++)
            Assert.Same(free, await _waits.GetAsync(null, PeerPick.Load, Ct));
    }

    [Fact]
    public async Task Lease_IsExclusive_UntilItIsDisposedOf()
    {
        var peer = Assert.Single(await JoinAsync(1));
        var first = _waits.LeaseAsync(null, PeerPick.Random, Ct);
        Assert.True(first.IsCompletedSuccessfully); // Claimed before any await.
        var second = _waits.LeaseAsync(null, PeerPick.Random, Ct);
        Assert.Null(_directory.TryLease(peer));
        Assert.Same(peer, await _waits.GetAsync(null, PeerPick.Random, Ct)); // Others are not affected.

        var lease = await first;
        lease.Dispose();
        using var next = await second.WaitAsync(TestPeers.Patience, Ct);
        lease.Dispose(); // Has no effect on the next.
        Assert.Null(_directory.TryLease(peer));
        Assert.Same(peer, next.Peer);
    }

    [Fact]
    public async Task Lease_EndsWithThePeer()
    {
        var peers = await JoinAsync(1);
        using var lease = await _waits.LeaseAsync(null, PeerPick.Random, Ct);
        var next = _waits.LeaseAsync(null, PeerPick.Random, Ct);
        _directory.End(lease.Peer);
        var other = Assert.Single(await JoinAsync(1));
        Assert.Same(other, (await next.WaitAsync(TestPeers.Patience, Ct)).Peer);
        Assert.NotSame(peers[0], other);
    }

    [Fact]
    public async Task Lease_PeersThatBecomeFree_GoToTheFirstThatWaits()
    {
        await JoinAsync(1);
        for (var round = 0; round < 300; round++) // The release falls into each step of the task that serves.
        {
            var lease = await _waits.LeaseAsync(null, PeerPick.Random, Ct);
            var order = new List<int>();
            var waiting = Enumerable.Range(0, 20).Select(async number =>
            {
                using var mine = await _waits.LeaseAsync(null, PeerPick.Random, Ct);
                order.Add(number); // Under the lease, so one at a time.
            }).ToArray();
            lease.Dispose();
            await Task.WhenAll(waiting).WaitAsync(TestPeers.Patience, Ct);
            Assert.Equal(Enumerable.Range(0, 20), order);
        }
    }

    [Fact]
    public async Task Lease_Canceled_ThrowsAndTakesNothing()
    {
        var peer = Assert.Single(await JoinAsync(1));
        var lease = await _waits.LeaseAsync(null, PeerPick.Random, Ct);
        using var cancel = new CancellationTokenSource();
        var canceled = _waits.LeaseAsync(null, PeerPick.Random, cancel.Token);
        var next = _waits.LeaseAsync(null, PeerPick.Random, Ct);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        lease.Dispose();
        Assert.Same(peer, (await next.WaitAsync(TestPeers.Patience, Ct)).Peer);
    }

    [Fact]
    public async Task Stop_FailsWaits_AndLaterCalls()
    {
        var get = _waits.GetAsync(null, PeerPick.Random, Ct);
        var lease = _waits.LeaseAsync(null, PeerPick.Random, Ct);
        _waits.Stop();
        foreach (var wait in new Task[] { get, lease, _waits.GetAsync(null, PeerPick.Random, Ct) })
            Assert.Contains("stopped", (await Assert.ThrowsAsync<InvalidOperationException>(() => wait.WaitAsync(TestPeers.Patience, Ct))).Message, StringComparison.Ordinal);
    }

    /// <summary>Any number of users lease, cancel and release at once: never two of one peer, and nobody waits for ever.</summary>
    [Fact]
    public async Task Lease_ByManyAtOnce_IsExclusive_AndNoWakeUpIsLost()
    {
        const int Users = 16;
        const int Rounds = 200;
        var peers = await JoinAsync(3);
        var holders = peers.ToDictionary(static peer => peer, static _ => new StrongBox<int>());
        var served = 0;
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => Task.Run(
            async () =>
            {
                var random = new Random(user);
                for (var round = 0; round < Rounds; round++)
                {
                    using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
                    var wanted = peers[random.Next(peers.Length)];
                    var taking = _waits.LeaseAsync(user % 2 == 0 ? peer => peer == wanted : null, PeerPick.Random, cancel.Token);
                    if (random.Next(4) == 0)
                        await cancel.CancelAsync(); // It may be too late.
                    try
                    {
                        using var lease = await taking;
                        Assert.Equal(1, Interlocked.Increment(ref holders[lease.Peer].Value));
                        if (random.Next(2) == 0)
                            await Task.Yield();
                        Interlocked.Decrement(ref holders[lease.Peer].Value);
                        Interlocked.Increment(ref served);
                    }
                    catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                    {
                        // Canceled in time.
                    }
                }
            },
            Ct))).WaitAsync(TestPeers.Patience, Ct); // No time passes for the waits: each is woken by a release.
        Assert.InRange(served, Users * Rounds / 2, Users * Rounds);
        Assert.Equal(peers.Length, _directory.GetFree().Length);
    }

    private async Task<BitcoinPeer[]> JoinAsync(int count)
    {
        var peers = await TestPeers.ManyAsync(count);
        foreach (var peer in peers)
            _directory.Add(peer);
        return peers;
    }
}
