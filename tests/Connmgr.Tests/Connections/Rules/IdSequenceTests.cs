using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class IdSequenceTests
{
    [Fact]
    public void Next_StartsAtOne()
    {
        var ids = new IdSequence();
        Assert.Equal([1, 2, 3], [ids.Next(), ids.Next(), ids.Next()]);
    }

    [Fact]
    public void Next_FromManyThreads_GivesEachIdOnce()
    {
        var ids = new IdSequence();
        var taken = new long[200_000];
        Parallel.For(0, taken.Length, i => taken[i] = ids.Next());
        Assert.Equal(taken.Length, taken.Distinct().Count());
        Assert.Equal(taken.Length, taken.Max());
    }
}
