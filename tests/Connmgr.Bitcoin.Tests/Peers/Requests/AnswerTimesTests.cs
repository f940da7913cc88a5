using CsCheck;

namespace Connmgr.Bitcoin.Tests;

public sealed class AnswerTimesTests
{
    private static readonly Gen<TimeSpan> AnyTime = Gen.Double[0, 300].Select(TimeSpan.FromSeconds);

    [Fact]
    public void GetTimeout_BeforeTheFirstAnswer_IsTheFirstOneDoubledByTimeouts()
    {
        var times = new AnswerTimes();
        Assert.Equal(AnswerTimes.First, times.GetTimeout(MessageCommand.GetData));
        times.AddTimeout(MessageCommand.GetData);
        Assert.Equal(2 * AnswerTimes.First, times.GetTimeout(MessageCommand.GetData));
        Assert.Equal(AnswerTimes.First, times.GetTimeout(MessageCommand.GetHeaders));
    }

    [Fact]
    public void GetTimeout_AfterSteadyAnswers_ApproachesTheirMean()
    {
        var times = new AnswerTimes();
        for (var i = 0; i < 100; i++)
            times.AddAnswer(MessageCommand.GetData, TimeSpan.FromSeconds(20));
        Assert.InRange(times.GetTimeout(MessageCommand.GetData), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.1));
        times.AddAnswer(MessageCommand.GetData, TimeSpan.FromSeconds(40)); // Mean 22.5, deviation 5.
        Assert.InRange(times.GetTimeout(MessageCommand.GetData), TimeSpan.FromSeconds(42.4), TimeSpan.FromSeconds(42.6));
    }

    /// <summary>Checks the bounds, that a time-out never lowers the timeout, and that an answer takes the doubling back.</summary>
    [Fact]
    public void GetTimeout_AfterAnything_StaysWithinItsBounds() => Gen.Select(Gen.Bool, AnyTime).Array[0, 40].Sample(
        steps =>
        {
            var (times, plain) = (new AnswerTimes(), new AnswerTimes());
            foreach (var (isAnswer, time) in steps)
            {
                var before = times.GetTimeout(MessageCommand.GetData);
                if (isAnswer)
                {
                    times.AddAnswer(MessageCommand.GetData, time);
                    plain.AddAnswer(MessageCommand.GetData, time);
                    Assert.Equal(plain.GetTimeout(MessageCommand.GetData), times.GetTimeout(MessageCommand.GetData));
                }
                else
                {
                    times.AddTimeout(MessageCommand.GetData);
                    var expected = 2 * before > AnswerTimes.Cap ? AnswerTimes.Cap : 2 * before;
                    Assert.Equal(expected, times.GetTimeout(MessageCommand.GetData));
                }

                Assert.InRange(times.GetTimeout(MessageCommand.GetData), AnswerTimes.Floor, AnswerTimes.Cap);
            }
        },
        iter: Effort.Of(1000));

    [Fact]
    public void AddAnswer_ManyCommands_KeepsABoundedNumber()
    {
        var times = new AnswerTimes();
        for (var i = 0; i < 2 * AnswerTimes.MaxCommands; i++)
            times.AddAnswer(new MessageCommand($"c{i}"), TimeSpan.FromSeconds(1));
        Assert.Equal(AnswerTimes.Floor, times.GetTimeout(new("c1")));
        Assert.Equal(AnswerTimes.First, times.GetTimeout(new($"c{AnswerTimes.MaxCommands}")));
    }
}
