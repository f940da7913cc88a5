using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>A counter whose listeners are foreign code on our loop: one that throws must not end it.</summary>
internal readonly struct GuardedCounter(Counter<long> counter)
{
    /// <summary>True when there is a listener: otherwise not even the tags are created.</summary>
    public bool IsEnabled => counter.Enabled;

    public void Add(long delta, in TagList tags)
    {
        try
        {
            counter.Add(delta, tags);
        }
        catch (Exception)
        {
            // There is no other place to report it.
        }
    }
}
