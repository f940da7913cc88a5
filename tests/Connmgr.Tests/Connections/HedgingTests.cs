using System.Net;
using Connmgr.Rules;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Racing dials: an attempt that takes long gets company.</summary>
public class HedgingTests
{
    private static ManagerHarness Dialing(
        int target, Action<ConnectionManagerOptions>? configure = null, Action<FakeDialer.Dial>? onDial = null) => Setup.Dialing(
        target,
        options =>
        {
            options.DialHedgeDelay = 200 * Ms;
            configure?.Invoke(options);
        },
        onDial);

    [Fact]
    public void MostAddressesSilent_ASlotDialsSeveralAtOnce()
    {
        var h = Dialing(1);
        h.Advance(14 * 200 * Ms, 100 * Ms);
        var dials = new List<int> { h.Dialer.All.Count };
        for (var round = 0; round < 4; round++)
        {
            h.Advance(200 * Ms, 100 * Ms);
            dials.Add(h.Dialer.All.Count - dials.Sum());
        }

        // One each 200 ms, until 12 of the last 16 were silent for 800 ms; then 13, 14, 15.
        Assert.Equal([15, 2, 2, 4, DialWidth.Max], dials);
        h.Stop();
    }

    [Fact]
    public void SlowHostsThatAnswerInTheEnd_AreDialledOneByOne()
    {
        var h = Dialing(1, static options => options.DialsPerSecond = 16);
        for (var slot = 1; slot <= 20; slot++)
        {
            h.Advance(900 * Ms, 50 * Ms);
            h.Dialer.Pending.First().Succeed();
            h.Settle();
            h.Run(h.Manager.RemoveAsync(h.Connected[^1].Request.Id));
            Assert.Single(h.Dialer.Pending);
        }

        h.Stop();
    }

    [Fact]
    public void AnAttemptOlderThanTheDelay_NoLongerCounts()
    {
        var h = Dialing(2);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Advance(199 * Ms, Ms);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Advance(Ms, Ms);
        Assert.Equal(4, h.Dialer.All.Count);
        h.Advance(200 * Ms, Ms);
        Assert.Equal(6, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void TheFirstToSucceed_TakesTheSlotAndTheRestGoBackUnharmed()
    {
        FakeSource? source = null;
        ManagerHarness? h = null;
        source = new FakeSource(() => h!.NewAddress());
        h = new ManagerHarness(options =>
            (options.GetNewAddress, options.AddressSource, options.TargetOutbound, options.DialHedgeDelay) = (null, source, 1, 200 * Ms));
        h.Start();
        h.Advance(450 * Ms);
        Assert.Equal(3, h.Dialer.Pending.Count());

        h.Dialer.All[1].Succeed();
        h.Settle();

        Assert.Equal(1, h.Automatic);
        Assert.Empty(h.Dialer.Pending);
        Assert.Equal(h.Dialer.All[1].EndPoint, h.Connected[0].Request.EndPoint);
        var lost = source.Reports.Where(report => !report.Succeeded).ToList();
        Assert.Equal(2, lost.Count);
        Assert.All(lost, report => Assert.Equal((ConnectFailureCause.Canceled, false), (report.Cause, report.CountsAgainstAddress)));
        h.Stop();
    }

    [Fact]
    public void ACancelledAddress_MayBeDialledAgainAtOnce()
    {
        EndPoint[] addresses = [Ip("1.2.3.4"), Ip("2.2.3.4")];
        var n = 0;
        var h = Dialing(1, options => options.GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(addresses[n++ % 2]));
        h.Advance(250 * Ms);
        h.Dialer.All[1].Succeed();
        h.Settle();
        h.Advance(10 * Second, Second);
        h.Run(h.Manager.RemoveAsync(h.Connected[0].Request.Id));

        Assert.Equal(addresses[0], h.Dialer.Pending.First().EndPoint);
        h.Stop();
    }

    [Fact]
    public void ASuccessThatComesAfterTheSlotIsTaken_IsDisposed()
    {
        var h = Dialing(1);
        h.Dialer.All[0].IgnoresToken = true;
        h.Advance(250 * Ms);
        h.Dialer.All[1].Succeed();
        h.Settle();
        var late = h.Dialer.All[0].Succeed();
        h.Settle();

        Assert.Equal(1, late.Disposals);
        Assert.Equal(1, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void EveryOldAttempt_MayTakeAnyVacantSlot()
    {
        var h = Dialing(2);
        h.Advance(250 * Ms);
        Assert.Equal(4, h.Dialer.All.Count);
        h.Dialer.All[2].Succeed();
        h.Dialer.All[3].Succeed();
        Assert.Equal(2, h.Automatic);
        h.Stop();
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(3, 5)]
    public void MaxHedgedDials_BoundsTheAttemptsBeyondOneASlot(int max, int expected)
    {
        var h = Dialing(2, options => (options.MaxHedgedDials, options.DialTimeout) = (max, Minute));
        h.Advance(10 * Second);
        Assert.Equal(expected, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void DialsGivenUpThatStillRun_CountAsHedged()
    {
        var h = Dialing(1, options => options.MaxHedgedDials = 3, dial => dial.IgnoresToken = true);
        h.Advance(Minute, 50 * Ms);
        Assert.InRange(h.Dialer.Pending.Count(), 4, 4 + 60 / 5); // A slot's own first dial is never refused: one in each DialTimeout.
        h.Dialer.Pending.ToList().ForEach(dial => dial.Fail());
        h.Stop();
    }

    [Fact]
    public void ProxiedDials_AreHedgedAfter2SecondsAndEndAfter60()
    {
        var h = Dialing(1, options => (options.GetProxy, options.MaxHedgedDials) = (static _ => "tor", 1));
        h.Advance(2 * Second - Ms, Ms);
        Assert.Single(h.Dialer.All);
        h.Advance(Ms, Ms);
        Assert.Equal(2, h.Dialer.All.Count);
        h.Advance(58 * Second - Ms, 100 * Ms);
        Assert.False(h.Dialer.All[0].Token.IsCancellationRequested);
        h.Advance(Ms, Ms);
        Assert.True(h.Dialer.All[0].Token.IsCancellationRequested);
        h.Stop();
    }

    [Fact]
    public void Handshakes_CountForTheHedge()
    {
        var h = Dialing(1, options => options.Handshake = static async (_, token) => await ForeverAsync(token), dial => dial.Succeed());
        h.Advance(150 * Ms);
        Assert.Single(h.Dialer.All);
        h.Advance(100 * Ms);
        Assert.Equal(2, h.Dialer.All.Count);
        Assert.Equal(0, h.Automatic);
        h.Stop();
    }

    [Fact]
    public void ATargetWithoutEnd_WhereMostAddressesAreSilent_IsStillDialledFor()
    {
        var h = Dialing(int.MaxValue, options => (options.DialBurst, options.DialsPerSecond) = (20, 10));
        h.Dialer.Pending.First().Succeed(); // A connection stands: silence is no outage.
        h.Advance(Minute);
        Assert.InRange(h.Dialer.All.Count, 500, 700);
        h.Stop();
    }
}
