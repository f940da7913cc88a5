using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Automatic dials take tokens from one bucket.</summary>
public class DialBucketTests
{
    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(8, 128, 16)]
    [InlineData(20, 320, 40)]
    public void Defaults_Are16ASlotAtOnceAnd2ASlotASecond(int target, int burst, int perSecond)
    {
        var h = Refusing(target);
        Assert.Equal(burst, h.Dialer.All.Count);
        h.Advance(10 * Second);
        Assert.InRange(h.Dialer.All.Count, burst + 10 * perSecond - 1, burst + 10 * perSecond);
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
        h.Advance(10 * Second);
        Assert.InRange(h.Dialer.All.Count, 128, 128 + 160);
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
