using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/testing-with-memory-network.md that is no test.</summary>
internal static class MemoryNetworks
{
    public static void Population(MemoryNetwork network, Func<Stream, CancellationToken, Task> service)
    {
        // snippet: population
        network.Population = new HostBehaviorMix(seed: 1)
            .Add(0.9, HostBehavior.Swallowing)
            .Add(0.1, HostBehavior.Serving(service))
            .Find;
        // end
    }
}
