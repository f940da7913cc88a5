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
        const int Each = 500_000;
        var taken = new long[4 * Each];
        Parallel.For(0, 4, worker =>
        {
            for (var i = worker * Each; i < (worker + 1) * Each; i++)
                taken[i] = ids.Next();
        });
        Assert.Equal(taken.Length, taken.Distinct().Count());
        Assert.Equal(taken.Length, taken.Max());
    }
}
