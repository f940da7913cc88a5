using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

public sealed class ReceiveShareTests
{
    private const int Longest = ReceiveBudget.LongestBuffer;
    private const int MiB = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _time = new();

    private long Now => _time.GetTimestamp();

    [Fact]
    public void Grow_WithinTheLimit_IsGrantedAtOnce()
    {
        var share = NewShare(4 * Longest);
        var leases = NewLeases(share, 4);
        Assert.All(leases, lease => Assert.Null(share.Grow(lease, Longest, Longest, Now)));
        Assert.Equal(4 * Longest, share.Used);
        Assert.NotNull(share.Grow(NewLease(share), 8192, 8192, Now));
    }

    [Fact]
    public void Grow_AllHoldAPartAndWaitForTheRest_OneAfterTheOtherGetsIt()
    {
        var share = NewShare(4 * Longest);
        var leases = NewLeases(share, 6);
        foreach (var lease in leases)
            Assert.Null(share.Grow(lease, 2 * MiB, Longest, Now));

        var waits = leases.Select(lease => share.Grow(lease, Longest, Longest, Now)).ToList();
        Assert.Equal(4, share.Waiting); // One has the spare, another what that one held.
        for (var turns = 0; leases.Exists(lease => lease.Held > 0); turns++)
        {
            Assert.InRange(turns, 0, 6);
            Assert.InRange(share.Used, 0, 4 * Longest);
            share.Release(leases.First(lease => lease.Held == Longest), Now);
        }

        Assert.All(waits, wait => Assert.True(wait is null || wait.Task.IsCompletedSuccessfully));
    }

    [Fact]
    public void Release_SmallAndLargeMessagesWait_SmallOnesGoFirstAndTheOldestGetsTheSpare()
    {
        var share = NewShare(2 * Longest);
        var (ordinary, spare) = (NewLease(share), NewLease(share));
        share.Grow(ordinary, Longest, Longest, Now);
        share.Grow(spare, Longest, Longest, Now);
        var large = share.Grow(NewLease(share), Longest, Longest, Now)!;
        var small = share.Grow(NewLease(share), 8192, 8192, Now)!;
        share.Release(ordinary, Now);
        Assert.True(small.Task.IsCompletedSuccessfully);
        Assert.False(large.Task.IsCompleted);
        share.Release(spare, Now);
        Assert.True(large.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public void ChooseToClose_SomebodyHasWaited_IsTheOneWithTheMostBytesTimesSeconds()
    {
        var share = NewShare(2 * Longest);
        var (old, young, handled) = (NewLease(share), NewLease(share), NewLease(share));
        share.Grow(handled, MiB, MiB, Now);
        share.Grow(old, MiB, Longest, Now);
        _time.Advance(TimeSpan.FromSeconds(30));
        ReceiveShare.MarkArrived(handled, Now);
        share.Grow(young, 2 * MiB, Longest, Now);
        share.Grow(NewLease(share), Longest, Longest, Now); // The spare.
        share.Grow(NewLease(share), MiB, Longest, Now);
        _time.Advance(Patience - TimeSpan.FromTicks(1));
        Assert.Null(share.ChooseToClose(Now));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Same(old, share.ChooseToClose(Now));
        Assert.NotSame(old, share.ChooseToClose(Now)); // It is asked once.
    }

    [Fact]
    public void ChooseToClose_InboundAmongOutbound_IsInboundWhateverItHolds()
    {
        var share = NewShare(Longest);
        var outbound = NewLease(share, isInbound: false);
        var second = NewShare(2 * Longest);
        var (heavy, light) = (NewLease(second, isInbound: false), NewLease(second, isInbound: true));
        second.Grow(heavy, Longest, Longest, Now);
        _time.Advance(TimeSpan.FromMinutes(1));
        second.Grow(light, 2 * MiB, Longest, Now);
        second.Grow(NewLease(second, isInbound: false), 4 * MiB, Longest, Now);
        _time.Advance(Patience);
        Assert.Same(light, second.ChooseToClose(Now));

        share.Grow(outbound, Longest, Longest, Now);
        share.Grow(NewLease(share, isInbound: false), 8192, 8192, Now);
        _time.Advance(Patience);
        Assert.Same(outbound, share.ChooseToClose(Now));
    }

    /// <summary>Checks that a peer in the middle of a message is not blamed at once for the time that the handler took.</summary>
    [Fact]
    public void ChooseToClose_OurHandlerHoldsTheRest_GivesAPeerThatHasJustBegunItsTime()
    {
        var share = NewShare(2 * Longest);
        var handled = NewLeases(share, 2);
        foreach (var lease in handled)
        {
            share.Grow(lease, Longest - 65_536, Longest, Now);
            ReceiveShare.MarkArrived(lease, Now);
        }

        var (sends, waits) = (NewLease(share, isInbound: false), NewLease(share, isInbound: false));
        Assert.NotNull(share.Grow(waits, Longest, Longest, Now));
        _time.Advance(2 * Patience);
        Assert.Null(share.Grow(sends, 8192, 16_384, Now));
        Assert.Null(share.ChooseToClose(Now));
        _time.Advance(Patience / 2);
        Assert.Null(share.Grow(sends, 16_384, 16_384, Now));
        Assert.Null(share.ChooseToClose(Now));
        _time.Advance(Patience / 2);
        Assert.Same(sends, share.ChooseToClose(Now));
    }

    /// <summary>Checks that the limit holds, that some reader can always continue, and that no wait is forgotten.</summary>
    [Fact]
    public void AnySequence_HoldsTheLimitAndForgetsNobody()
    {
        Gen.Select(Gen.Int[1, 4], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[13, 22], Gen.Bool).Array[1, 200]).Sample((size, steps) =>
        {
            var share = NewShare((long)size * Longest);
            var leases = NewLeases(share, 10);
            foreach (var (what, who, log, flag) in steps)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                var lease = leases[who];
                if (lease.Wait is { } wait)
                {
                    if (what < 2)
                        Assert.True(share.CancelWait(wait, Now));
                }
                else if (what < 6 && 1 << log is var held && held > lease.Held)
                {
                    share.Grow(lease, held, flag ? Longest : held, Now);
                }
                else if (what < 7)
                {
                    ReceiveShare.MarkArrived(lease, Now);
                }
                else if (lease.Held > 0)
                {
                    share.Release(lease, Now);
                }

                Assert.Equal(leases.Sum(each => (long)each.Held), share.Used);
                Assert.InRange(share.Used, 0, (long)size * Longest);
                Assert.Equal(leases.Count(each => each.Wait is not null), share.Waiting);
                Assert.True(share.Waiting == 0 || leases.Exists(each => each is { Wait: null, Held: > 0 }), "All wait for each other.");
            }

            while (leases.Find(each => each is { Wait: null, Held: > 0 }) is { } holder)
                share.Release(holder, Now);
            Assert.Equal((0, 0L), (share.Waiting, share.Used));
        });
    }

    private ReceiveShare NewShare(long bytes) => new(bytes, Longest, Patience, _time);

    private List<ReceiveLease> NewLeases(ReceiveShare share, int count) => [.. Enumerable.Range(0, count).Select(_ => NewLease(share))];

    private ReceiveLease NewLease(ReceiveShare share, bool isInbound = true) =>
        new(new ReceiveBudget(2 * Longest, _time), share, isInbound, static () => { });
}
