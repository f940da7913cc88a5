namespace Connmgr.Testing;

/// <summary>What all links of a network have in common.</summary>
internal sealed record LinkSetup(
    NetworkCounters Counters, TimeProvider TimeProvider, bool RunContinuationsInline, int StreamCapacity, Action<MemoryLink>? OnDisposed);
