namespace Connmgr.Bitcoin.Tests.Network;

public class PolicyScheduleTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Decide_AsTimePasses_IsExponentialWithTheMeansOfTheOptions()
    {
        var schedule = new PolicySchedule(new PeerPolicies(), new Random(1), TimeSpan.Zero);
        List<TimeSpan> feelers = [], extras = [];
        var now = TimeSpan.Zero;
        while (now < 2000 * Hour)
        {
            now += schedule.GetWait(now)!.Value;
            for (var step = schedule.Decide(now, isFull: true, isNetworkMissing: true);
                step != PolicyStep.Nothing;
                step = schedule.Decide(now, isFull: true, isNetworkMissing: true))
            {
                (step == PolicyStep.Feeler ? feelers : extras).Add(now);
            }
        }

        CheckGaps(feelers, TimeSpan.FromMinutes(2));
        CheckGaps(extras, TimeSpan.FromMinutes(5));

        static void CheckGaps(List<TimeSpan> times, TimeSpan mean)
        {
            var gaps = times.Zip(times.Skip(1), (one, next) => (next - one) / mean).ToArray();
            Assert.InRange(gaps.Average(), 0.97, 1.03);
            Assert.InRange(gaps.Count(static gap => gap > 1) / (double)gaps.Length, 0.34, 0.40); // 1/e = 0.368.
            Assert.InRange(gaps.Count(static gap => gap > 3) / (double)gaps.Length, 0.04, 0.06); // 1/e^3 = 0.050.
        }
    }

    [Fact]
    public void Decide_AtTheStart_NothingIsDue() =>
        Assert.Equal(PolicyStep.Nothing, Schedule().Decide(TimeSpan.Zero, isFull: true, isNetworkMissing: true));

    [Fact]
    public void Decide_WhilePeersAreMissing_WaitsAndLooksAgainIn5Seconds()
    {
        var schedule = Schedule();
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, isFull: false, isNetworkMissing: true));
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.GetWait(100 * Hour));
        Assert.Equal(PolicyStep.Feeler, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: true));
        Assert.Equal(PolicyStep.ExtraNetwork, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: true));
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: true));
    }

    [Fact]
    public void Decide_NoNetworkIsMissing_StaysDueUntilOneIs()
    {
        var schedule = Schedule(new PeerPolicies { FeelerInterval = null });
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: false));
        Assert.Equal(PolicyStep.ExtraNetwork, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: true));
    }

    [Fact]
    public void Decide_TurnedOff_IsNever()
    {
        var schedule = Schedule(PeerPolicies.None);
        Assert.Null(schedule.GetWait(TimeSpan.Zero));
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, isFull: true, isNetworkMissing: true));
    }

    /// <summary>Checks that no single wait is longer than a timer can wait, which is some weeks.</summary>
    [Fact]
    public void WaitFrom_IntervalsBeyondAllTimers_IsADayAtMost()
    {
        foreach (var interval in (TimeSpan[])[TimeSpan.FromDays(400), TimeSpan.MaxValue])
        {
            var schedule = Schedule(new PeerPolicies { FeelerInterval = interval, ExtraNetworkInterval = interval });
            Assert.InRange(schedule.GetWait(TimeSpan.Zero)!.Value, TimeSpan.FromSeconds(5), TimeSpan.FromDays(1));
            Assert.Equal(PolicyStep.Nothing, schedule.Decide(Hour, isFull: true, isNetworkMissing: true));
        }
    }

    private static PolicySchedule Schedule(PeerPolicies? policies = null) => new(policies ?? new(), new Random(1), TimeSpan.Zero);
}
