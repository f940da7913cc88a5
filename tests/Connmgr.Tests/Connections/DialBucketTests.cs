using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Automatic dials take tokens from one bucket.</summary>
public class DialBucketTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(8, 128)]
    public void Defaults_Are16ASlotAtOnceAnd16ASecond(int target, int burst)
    {
        var h = Refusing(target);
        Assert.Equal(burst, h.Dialer.All.Count);
        h.Advance(4 * Second);
        Assert.InRange(h.Dialer.All.Count, burst + 4 * 16 - 1, burst + 4 * 16);
        h.Stop();
    }

    [Fact]
    public void NothingComesOf200Dials_TwoASecondFollow()
    {
        var h = Refusing(8);
        h.Advance(Minute);

        // 128 at once, the others of the 200 within 4.5 s, and 2 a second since.
        Assert.InRange(h.Dialer.All.Count, 200 + 2 * 55, 200 + 2 * 57);
        h.Stop();
    }

    [Fact]
    public void NothingComesOf200Dials_OneOfThemIsUnderWay_SucceedsAndRestoresThePace()
    {
        FakeDialer.Dial? slow = null;
        var h = Dialing(8, configure: null, dial =>
        {
            if (slow is null)
                slow = dial;
            else
                dial.Fail();
        });
        h.Advance(4 * Second + 900 * Ms);
        var before = h.Dialer.All.Count;
        Assert.InRange(before, 201, 203);
        slow!.Succeed();
        h.Settle();
        h.Advance(2 * Second);
        Assert.InRange(h.Dialer.All.Count - before, 2 * 16 - 1, 2 * 16 + 2);
        h.Stop();
    }

    [Fact]
    public void HandshakesAllFail_TheDialsAreNoSuccesses()
    {
        var h = Dialing(
            8,
            static options => options.Handshake = static (_, _) => ValueTask.FromException(new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.Unknown, "no handshake")),
            static dial => dial.Succeed());
        h.Advance(Minute);
        Assert.InRange(h.Dialer.All.Count, 200 + 2 * 55, 200 + 2 * 57);
        h.Stop();
    }

    [Fact]
    public void TheTargetWasMet_ALostSlotHas16DialsAtOnceAndThen2ASecond()
    {
        var h = Full(8);
        h.Advance(Minute);
        h.Dialer.OnDial = static dial => dial.Fail();
        var before = h.Dialer.All.Count;
        h.Run(h.Manager.RemoveAsync(h.Connected[0].Request.Id));
        Assert.Equal(16, h.Dialer.All.Count - before);
        h.Advance(20 * Second);
        Assert.InRange(h.Dialer.All.Count - before, 16 + 2 * 20 - 1, 16 + 2 * 20);
        h.Stop();
    }

    [Fact]
    public void TheTargetWasMet_AllSlotsAreLost_EachHas16DialsAtOnce()
    {
        var h = Full(8);
        h.Dialer.OnDial = static dial => dial.Fail();
        h.Advance(Minute);
        var before = h.Dialer.All.Count;
        h.Run(h.Manager.DisconnectWhereAsync(static _ => true));
        Assert.Equal(8 * 16, h.Dialer.All.Count - before);
        h.Stop();
    }

    [Fact]
    public void TheTargetWasMet_AHigherOne_IsFilledAtFullPace()
    {
        var h = Full(1);
        h.Dialer.OnDial = static dial => dial.Fail();
        h.Run(h.Manager.SetTargetOutboundAsync(9));
        var before = h.Dialer.All.Count;
        h.Advance(3 * Second);
        Assert.InRange(h.Dialer.All.Count - before, 3 * 18 - 1, 3 * 18);
        h.Stop();
    }

    [Fact]
    public void DialsPerSecond_IsChosen_HoldsAlways()
    {
        var h = Refusing(8, static options => options.DialsPerSecond = 50);
        h.Advance(10 * Second);
        Assert.InRange(h.Dialer.All.Count, 128 + 10 * 50 - 1, 128 + 10 * 50);
        h.Stop();
    }

    [Fact]
    public void Options_ReplaceTheDefaults()
    {
        var h = Refusing(8, options => (options.DialBurst, options.DialsPerSecond) = (3, 0.5));
        Assert.Equal(3, h.Dialer.All.Count);
        h.Advance(20 * Second);
        Assert.InRange(h.Dialer.All.Count, 12, 13);
        h.Stop();
    }

    [Fact]
    public void ChangingTheTargetToAndFro_GivesNothingAway()
    {
        var h = Refusing(8);
        for (var i = 0; i < 50; i++)
        {
            h.Run(h.Manager.SetTargetOutboundAsync(1));
            h.Run(h.Manager.SetTargetOutboundAsync(8));
            h.Run(h.Manager.SetTargetOutboundAsync(0));
            h.Run(h.Manager.SetTargetOutboundAsync(8));
        }

        Assert.Equal(128, h.Dialer.All.Count);
        h.Stop();
    }

    [Fact]
    public void HandlersThatEndAtOnce_DoNotSpin()
    {
        var h = new ManagerHarness { Handler = static (_, _) => Task.CompletedTask };
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        h.Advance(Minute);
        Assert.InRange(h.Dialer.All.Count, 200, 200 + 2 * 58);
        h.Stop();
    }

    [Fact]
    public void PermanentAndOneOffRequests_TakeNoTokens()
    {
        var h = Refusing(1, options => (options.DialBurst, options.DialsPerSecond) = (1, 0.001));
        for (var i = 0; i < 50; i++)
            h.Manager.Connect(h.NewAddress(), permanent: i % 2 == 0);
        h.Settle();
        Assert.Equal(1 + 50, h.Dialer.All.Count);
        h.Stop();
    }

    private static ManagerHarness Refusing(int target, Action<ConnectionManagerOptions>? configure = null) =>
        Dialing(target, configure, static dial => dial.Fail());
}
