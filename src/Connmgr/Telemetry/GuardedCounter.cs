using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>A counter whose listeners are foreign code on our loop: one that throws must not end it.</summary>
internal readonly struct GuardedCounter(Counter<long> counter)
{
    /// <summary>Whether anybody listens: when nobody does, not even the tags are made.</summary>
    public bool IsEnabled => counter.Enabled;

    public void Add(long delta, in TagList tags)
    {
        try
        {
            counter.Add(delta, tags);
        }
        catch (Exception)
        {
            // There is no one left to tell.
        }
    }
}
