using CsCheck;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class OutageRulesTests
{
    private const int Most = OutageRules<int>.MostWaiting;
    private const int Enough = OutageRules<int>.EnoughKnown;

    [Fact]
    public void Take_AnswerSinceTheStepBegan_Fails()
    {
        var rules = new OutageRules<int>();
        rules.Add(1, At(10), isKnown: false);
        rules.Add(2, At(20), isKnown: true);
        Assert.Equal(([], []), rules.Take(), Same);

        rules.Answered(At(20)); // Not after the second began.

        Assert.Equal(([1], []), rules.Take(), Same);
        rules.Answered(At(21));
        Assert.Equal(([2], []), rules.Take(), Same);
        Assert.Equal(0, rules.Waiting);
    }

    [Theory]
    [InlineData(Most, 0, 0, 0, true)]
    [InlineData(Most - 1, 0, 0, 0, false)]
    [InlineData(Enough, Enough, 0, 0, true)] // All known to answer.
    [InlineData(Most - 1, Enough - 1, 0, 0, false)]
    [InlineData(1, 1, Enough, 0, true)] // So are those that were asked.
    [InlineData(1, 0, 0, Enough, true)] // Others reach nodes, and nothing has ever answered here.
    [InlineData(1, 0, 0, Enough - 1, false)]
    public void Judge_WhenIdle_DependsOnTheEvidence(int waiting, int known, int asked, int reached, bool isOutage)
    {
        var rules = new OutageRules<int>();
        for (var i = 0; i < waiting; i++)
            rules.Add(i, At(1), isKnown: i < known);
        Assert.True(rules.IsInDoubt(isIdle: true));
        Assert.Equal(waiting >= Most, rules.IsInDoubt(isIdle: false));
        Assert.Equal(waiting >= Most || known > 0, rules.ShouldAsk);

        rules.Judge(asked, reached, At(2), At(3));

        Assert.Equal(isOutage, rules.IsOutage);
        var (failed, undone) = rules.Take();
        Assert.Equal(isOutage ? (0, waiting) : (waiting, 0), (failed.Count, undone.Count));
        rules.Answered(At(4));
        Assert.False(rules.IsOutage);
    }

    [Fact]
    public void Judge_OthersReachNodesButSomethingAnsweredHere_IsNoOutage()
    {
        var rules = new OutageRules<int>();
        rules.Answered(At(1));
        rules.Add(1, At(2), isKnown: false);

        rules.Judge(asked: 0, reached: 1000, At(3), At(4));

        Assert.Equal(([1], []), rules.Take(), Same);
    }

    [Fact]
    public void Judge_AnswerMeanwhile_IsNoOutage()
    {
        var rules = new OutageRules<int>();
        for (var i = 0; i < Most; i++)
            rules.Add(i, At(1), isKnown: true);
        rules.Answered(At(3)); // One of those that were asked at 2.

        rules.Judge(asked: Enough, reached: 0, At(2), At(4));

        Assert.Equal(Most, rules.Take().Failed.Count);
    }

    /// <summary>A visit that began in the outage ends after it: nobody knows what it was.</summary>
    [Fact]
    public void Take_VisitOfAnOutageThatIsOver_IsUndone()
    {
        var rules = new OutageRules<int>();
        rules.Add(1, At(1), isKnown: true);
        rules.Judge(asked: Enough, reached: 0, At(2), At(2));
        Assert.Equal(([], [1]), rules.Take(), Same);
        rules.Answered(At(9));
        rules.Answered(At(12));
        rules.Add(2, At(8), isKnown: false);
        rules.Add(3, At(9), isKnown: false);

        Assert.Equal(([3], [2]), rules.Take(), Same);
    }

    /// <summary>
    /// Whatever happens: each visit ends once; none fails without an answer or a judgment after its last step began; in an outage none fails at all;
    /// and an outage needs its evidence.
    /// </summary>
    [Fact]
    public void AnyEvents_NoVisitFailsInAnOutage()
    {
        var (outages, failures) = (0, 0);
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 5]).Array[1, 300].Sample(
            events =>
            {
                var rules = new OutageRules<int>();
                var (began, open) = (new Dictionary<int, int>(), new HashSet<int>());
                var (settled, hasAnswered, resumed) = (-1, false, -1); // The last answer or judgment; the end of the last outage.
                for (var now = 0; now < events.Length; now++)
                {
                    var (kind, number) = events[now];
                    if (kind == 0)
                    {
                        resumed = rules.IsOutage ? now : resumed;
                        rules.Answered(At(now));
                        (settled, hasAnswered) = (now, true);
                    }
                    else if (kind == 1 && rules.IsInDoubt(isIdle: true))
                    {
                        var waiting = rules.Waiting;
                        rules.Judge(number, reached: number, At(now), At(now));
                        if (rules.IsOutage)
                        {
                            outages++;
                            Assert.True(waiting >= Most || number >= Enough);
                        }
                        else if (settled < now)
                        {
                            settled = now;
                        }
                    }
                    else
                    {
                        began[now] = Math.Max(0, now - number);
                        open.Add(now);
                        rules.Add(now, At(began[now]), isKnown: false);
                    }

                    var (failed, undone) = rules.Take();
                    Assert.True(!rules.IsOutage || (failed.Count == 0 && rules.Waiting == 0));
                    Assert.All(failed, visit => Assert.True(began[visit] < settled && began[visit] >= resumed));
                    Assert.All(undone, visit => Assert.True(rules.IsOutage || began[visit] < resumed));
                    Assert.All(failed.Concat(undone), visit => Assert.True(open.Remove(visit)));
                    failures += failed.Count;
                }

                Assert.All(rules.TakeAll(), visit => Assert.True(open.Remove(visit)));
                Assert.Empty(open);
                Assert.True(hasAnswered || events.All(static each => each.Item1 != 0));
            },
            threads: 1);
        Assert.True(outages > 10 && failures > 100, $"{outages} outages, {failures} failures");
    }

    private static bool Same((List<int> Failed, List<int> Undone) one, (List<int> Failed, List<int> Undone) other) =>
        one.Failed.SequenceEqual(other.Failed) && one.Undone.SequenceEqual(other.Undone);

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
