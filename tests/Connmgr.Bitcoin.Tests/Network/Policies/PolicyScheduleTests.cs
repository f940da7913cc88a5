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
            now += schedule.GetWait(now, isTipStale: false);
            for (var step = schedule.Decide(now, new(IsFull: true, IsNetworkMissing: true));
                step != PolicyStep.Nothing;
                step = schedule.Decide(now, new(IsFull: true, IsNetworkMissing: true)))
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
        Assert.Equal(PolicyStep.Nothing, Schedule().Decide(TimeSpan.Zero, new(IsFull: true, IsNetworkMissing: true)));

    [Fact]
    public void Decide_WhilePeersAreMissing_WaitsAndLooksAgainIn5Seconds()
    {
        var schedule = Schedule();
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, new(IsFull: false, IsNetworkMissing: true)));
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.GetWait(100 * Hour, isTipStale: false));
        Assert.Equal(PolicyStep.Feeler, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: true)));
        Assert.Equal(PolicyStep.ExtraNetwork, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: true)));
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: true)));
    }

    [Fact]
    public void Decide_NoNetworkIsMissing_StaysDueUntilOneIs()
    {
        var schedule = Schedule(new PeerPolicies { FeelerInterval = null });
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: false)));
        Assert.Equal(PolicyStep.ExtraNetwork, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: true)));
    }

    [Fact]
    public void Decide_TurnedOff_IsNever()
    {
        var schedule = Schedule(PeerPolicies.None);
        Assert.Equal(TimeSpan.FromDays(1), schedule.GetWait(TimeSpan.Zero, isTipStale: false));
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, new(IsFull: true, IsNetworkMissing: true)));
    }

    [Fact]
    public void Decide_AllAtOnce_FollowsTheOrderOfCore()
    {
        var schedule = Schedule();
        var all = new PolicySituation(IsFull: true, IsNetworkMissing: true, CanAddBlockRelay: true, NeedsFullPeer: true);
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(100 * Hour, all with { IsFull = false }));
        Assert.Equal(PolicyStep.ExtraFull, schedule.Decide(100 * Hour, all));
        all = all with { NeedsFullPeer = false };
        PolicyStep[] steps = [PolicyStep.ExtraBlockRelay, PolicyStep.Feeler, PolicyStep.ExtraNetwork, PolicyStep.Nothing];
        Assert.Equal(steps, steps.Select(_ => schedule.Decide(100 * Hour, all)));
    }

    [Fact]
    public void GetWait_StaleTip_LooksAgainAtThePaceOfCore()
    {
        var schedule = Schedule(PeerPolicies.None);
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.GetWait(TimeSpan.Zero, isTipStale: true)); // Nothing could be done so far.
        Assert.Equal(PolicyStep.ExtraFull, schedule.Decide(Hour, new(IsFull: true, IsNetworkMissing: false, NeedsFullPeer: true)));
        Assert.Equal(TimeSpan.FromMilliseconds(500), schedule.GetWait(Hour, isTipStale: true));
        Assert.Equal(PolicyStep.Nothing, schedule.Decide(Hour, new(IsFull: false, IsNetworkMissing: false, NeedsFullPeer: true)));
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.GetWait(Hour, isTipStale: true));
    }

    /// <summary>Checks that no single wait is longer than a timer can wait, which is some weeks.</summary>
    [Fact]
    public void WaitFrom_IntervalsBeyondAllTimers_IsADayAtMost()
    {
        foreach (var interval in (TimeSpan[])[TimeSpan.FromDays(400), TimeSpan.MaxValue])
        {
            var schedule = Schedule(new PeerPolicies { FeelerInterval = interval, ExtraNetworkInterval = interval, ExtraBlockRelayInterval = interval });
            Assert.InRange(schedule.GetWait(TimeSpan.Zero, isTipStale: false), TimeSpan.FromSeconds(5), TimeSpan.FromDays(1));
            Assert.Equal(PolicyStep.Nothing, schedule.Decide(Hour, new(IsFull: true, IsNetworkMissing: true)));
        }
    }

    private static PolicySchedule Schedule(PeerPolicies? policies = null) => new(policies ?? new(), new Random(1), TimeSpan.Zero);
}
