using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>
/// Threads for the tests that wait while others compute: a property test keeps a thread of the pool for each core busy for seconds, which is all there are
/// at first, and the pool adds hardly any while the cores are busy. A test of real sockets beside it then stood still until its deadline passed.
/// </summary>
internal static class ThreadsToSpare
{
    [ModuleInitializer]
    internal static void Add()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 16 * Environment.ProcessorCount), ports);
    }
}
