namespace Connmgr.Tests;

public class ThreadPoolTests
{
    /// <summary>
    /// Regression: a test of a real socket took 12 s instead of 3 ms beside the property tests on a busy machine, now and then more than the 20 s it has.
    /// </summary>
    [Fact]
    public void Pool_HasMoreThreadsThanPropertyTestsKeepBusy()
    {
        ThreadPool.GetMinThreads(out var workers, out _);

        Assert.True(workers >= 16 * Environment.ProcessorCount, $"the pool begins with {workers} threads");
    }
}
