using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Seeding.Rules;

public sealed class FirstAnswersTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    [Fact]
    public void Take_UntilAllHaveCome_HoldsThem()
    {
        var answers = new FirstAnswers<int>(Longest);
        for (var i = 0; i < 3; i++)
            answers.Expect();
        answers.Add(1, TimeSpan.Zero);
        answers.Add(2, TimeSpan.FromSeconds(0.5));
        Assert.Empty(answers.Take(TimeSpan.FromSeconds(0.999)));
        Assert.Equal(Longest, answers.DueAt);
        answers.Add(3, TimeSpan.FromSeconds(0.999));
        Assert.Equal([1, 2, 3], answers.Take(TimeSpan.FromSeconds(0.999)));
        Assert.Null(answers.DueAt);
    }

    [Fact]
    public void Take_OneIsLate_GivesTheOthersAfterTheTime_AndThatOneAtOnce()
    {
        var answers = new FirstAnswers<int>(Longest);
        answers.Expect();
        answers.Expect();
        answers.Add(1, TimeSpan.FromSeconds(3));
        Assert.Equal([1], answers.Take(TimeSpan.FromSeconds(4)));
        answers.Add(2, TimeSpan.FromSeconds(9));
        Assert.Equal([2], answers.Take(TimeSpan.FromSeconds(9)));
    }

    /// <summary>No answer is lost, repeated or held longer than the time; none comes before the others while there is time to wait.</summary>
    [Fact]
    public void Take_AnyOrder_GivesEachAnswerOnceAndInTime()
    {
        var (together, late) = (0, 0);
        Gen.Int[0, 3000].List[1, 8].Sample(
            arrivals =>
            {
                arrivals.Sort();
                var answers = new FirstAnswers<int>(Longest);
                arrivals.ForEach(_ => answers.Expect());
                var (taken, next) = (new List<(int Answer, int At)>(), 0);
                for (var now = 0; now <= 4001; now++)
                {
                    for (; next < arrivals.Count && arrivals[next] == now; next++)
                        answers.Add(next, TimeSpan.FromMilliseconds(now));
                    taken.AddRange(answers.Take(TimeSpan.FromMilliseconds(now)).Select(answer => (answer, now)));
                }

                Assert.Equal(Enumerable.Range(0, arrivals.Count), taken.Select(static each => each.Answer));
                var first = Math.Min(arrivals[0] + 1000, arrivals[^1]);
                Assert.All(taken, each => Assert.Equal(Math.Max(first, arrivals[each.Answer]), each.At));
                Interlocked.Increment(ref arrivals[^1] - arrivals[0] > 1000 ? ref late : ref together);
            },
            iter: 300);
        Assert.True(together > 20 && late > 20, $"{together} together, {late} late");
    }
}
