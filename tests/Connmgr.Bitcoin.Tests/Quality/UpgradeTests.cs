using System.Collections.Immutable;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Quality;

/// <summary>The rules and the schedule of the upgrade.</summary>
public class UpgradeTests
{
    private static readonly PeerUpgrade Options = new();

    private static readonly Gen<ImmutableArray<UpgradeMember>> GenMembers = Gen.Select(Gen.Int[0, 100], Gen.Double[-50, 50]).Array[0, 20]
        .Select(static all => all.Select(static (one, id) => new UpgradeMember(id, TimeSpan.FromMinutes(one.Item1), one.Item2)).ToImmutableArray());

    [Fact]
    public void FindWorst_Always_SparesTheOlderHalfAndTakesTheWorstOfTheOthers() =>
        Gen.Select(GenMembers, Gen.Int[0, 20]).Sample(static (members, target) =>
        {
            var worst = UpgradeRules.FindWorst(members, target);
            var replaceable = members.Length / 2;
            Assert.Equal(members.Length >= target && replaceable > 0, worst is not null);
            if (worst is not { } found)
                return;
            Assert.Contains(found, members);
            Assert.True(members.Count(other => other.Age >= found.Age && other.Id != found.Id) >= members.Length - replaceable); // Enough are as old.
            var younger = members.OrderByDescending(static member => member.Age).ThenBy(static member => member.Id).TakeLast(replaceable);
            Assert.Equal(younger.Min(static member => member.Rating), found.Rating);
        });

    [Fact]
    public void FindWorst_GroupOfOne_HasNone() =>
        Assert.Null(UpgradeRules.FindWorst([new UpgradeMember(1, TimeSpan.Zero, -100)], target: 1));

    [Fact]
    public void FindWorst_ProtectedPeer_IsSpared()
    {
        UpgradeMember[] members = [new(1, TimeSpan.FromHours(1), 0), new(2, TimeSpan.FromHours(1), 0), new(3, TimeSpan.Zero, 5), new(4, TimeSpan.Zero, -9, IsProtected: true)];
        Assert.Equal(3, UpgradeRules.FindWorst(members, target: 4)?.Id);
        members[2] = members[2] with { IsProtected = true };
        Assert.Null(UpgradeRules.FindWorst(members, target: 4));
    }

    [Fact]
    public void FindWorst_GroupBelowItsTarget_HasNone() =>
        Assert.Null(UpgradeRules.FindWorst([new UpgradeMember(1, TimeSpan.Zero, -100), new UpgradeMember(2, TimeSpan.Zero, 0)], target: 3));

    [Fact]
    public void Order_SeveralGroups_BeginsWithTheWorstPeerAndLeavesOutThoseThatAreNotFull()
    {
        var order = UpgradeRules.Order([Group("a", 2, 5, -3), Group("b", 2, 9, -9), Group("c", 3, 0, -50)]).ToList();
        Assert.Equal([("b", -9.0), ("a", -3.0)], order.Select(static each => (each.Group.Name, each.Worst.Rating)));

        static UpgradeGroup Group(string name, int target, double old, double young) =>
            new(name, target, [new(1, TimeSpan.FromHours(1), old), new(2, TimeSpan.FromMinutes(1), young)]);
    }

    [Fact]
    public void Expect_UnknownCandidate_IsLikeTheMedianLessItsFaults()
    {
        ImmutableArray<UpgradeMember> members = [new(1, default, 30), new(2, default, -20), new(3, default, 10)];
        Assert.Equal(6, UpgradeRules.Expect(-4, isKnown: false, members));
        Assert.Equal(-4, UpgradeRules.Expect(-4, isKnown: true, members));
        Assert.Equal(-4, UpgradeRules.Expect(-4, isKnown: false, []));
    }

    [Theory]
    [InlineData(15, 0, true)]
    [InlineData(14.9, 0, false)]
    [InlineData(-5, -20, true)]
    public void IsClearlyBetter_FromTheLeastGainOn(double rating, double other, bool expected) =>
        Assert.Equal(expected, UpgradeRules.IsClearlyBetter(rating, other, Options));

    [Fact]
    public void Schedule_AnyHistory_HasOneTrialAtATimeAndTheIntervalBetweenTwo() =>
        Gen.Select(Gen.Int[0, 200], Gen.Bool).Array[0, 100].Sample(static steps =>
        {
            var now = TimeSpan.FromSeconds(7);
            var schedule = new UpgradeSchedule(Options, now);
            var last = now; // The start counts as a trial, too: nothing happens at once.
            var isTrying = false;
            foreach (var (seconds, ends) in steps)
            {
                now += TimeSpan.FromSeconds(seconds);
                Assert.True(schedule.GetWait(now) > TimeSpan.Zero);
                if (ends)
                {
                    schedule.End();
                    isTrying = false;
                }

                var mayBegin = !isTrying && now - last >= Options.Interval;
                Assert.Equal(mayBegin, schedule.TryBegin(now));
                if (mayBegin)
                    (last, isTrying) = (now, true);
                Assert.Equal(isTrying, schedule.IsTrying);
            }
        });

    [Fact]
    public void Schedule_IntervalBeyondAllTimers_WaitsADayAtMost() =>
        Assert.Equal(TimeSpan.FromDays(1), new UpgradeSchedule(new() { Interval = TimeSpan.MaxValue }, TimeSpan.FromHours(1)).GetWait(TimeSpan.FromHours(2)));

    [Fact]
    public void GetErrors_EachOption_IsNamed()
    {
        var errors = ((IValidatedOptions)new PeerPolicies
        {
            Upgrade = new() { Interval = TimeSpan.Zero, MinGain = double.NaN, TrialTime = TimeSpan.Zero },
        }).GetErrors();
        Assert.Equal(["Upgrade.Interval", "Upgrade.MinGain", "Upgrade.TrialTime"], errors.Select(static error => error.Split(' ')[0]), StringComparer.Ordinal);
        Assert.Empty(((IValidatedOptions)new PeerPolicies { Upgrade = new() }).GetErrors());
    }
}
