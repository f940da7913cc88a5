namespace Connmgr.Scenarios.Tests;

public class VirtualOutboundTests
{
    private const int Target = 8;

    [Fact]
    public void RunUntilEstablished_AllAnswer_TakesOneDialASlot()
    {
        var world = NewWorld(static _ => DialAnswer.Connects(50));
        world.RunUntilEstablished(Target);
        Assert.Equal((Target, TimeSpan.FromMilliseconds(50)), (world.Dials, Elapsed(world)));
    }

    [Fact]
    public void RunUntilEstablished_FirstAnswersNever_IsPassedAfterTheHedgeDelay()
    {
        var world = NewWorld(static number => number == 0 ? DialAnswer.Never : DialAnswer.Connects(50));
        world.RunUntilEstablished(Target);
        Assert.Equal(Target + 1, world.Dials);
        Assert.Equal(ConnectionManagerDefaults.DialHedgeDelay + TimeSpan.FromMilliseconds(50), Elapsed(world));
    }

    [Fact]
    public void RunUntilEstablished_FirstRefuses_IsReplacedAtOnce()
    {
        var world = NewWorld(static number => number == 0 ? DialAnswer.Refuses(10) : DialAnswer.Connects(50));
        world.RunUntilEstablished(Target);
        Assert.Equal((Target + 1, TimeSpan.FromMilliseconds(60)), (world.Dials, Elapsed(world)));
    }

    [Fact]
    public void RunUntilEstablished_NoneAnswers_IsGivenUp() =>
        Assert.Throws<InvalidOperationException>(() => NewWorld(static _ => DialAnswer.Never).RunUntilEstablished(Target));

    [Fact]
    public void End_OneOfThem_IsReplaced()
    {
        var world = NewWorld(static _ => DialAnswer.Connects(50));
        world.RunUntilEstablished(Target);
        world.End(3);
        Assert.Equal(Target - 1, world.EstablishedCount);
        world.RunUntil(world.Now + TimeSpan.FromMilliseconds(50));
        Assert.Equal(Target, world.EstablishedCount);
    }

    private static TimeSpan Elapsed(VirtualOutbound world) => world.Now - TimeSpan.FromSeconds(1);

    private static VirtualOutbound NewWorld(Func<int, DialAnswer> answer)
    {
        var world = new VirtualOutbound(
            new() { TargetOutbound = Target, MaxOutboundPerNetgroup = int.MaxValue, Random = new Random(1) },
            endPoint => answer(NumberedAddresses.GetNumber(endPoint)));
        world.Start();
        return world;
    }
}
