using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>A histogram of seconds, guarded as <see cref="GuardedCounter"/>.</summary>
internal readonly struct GuardedHistogram(Histogram<double> histogram)
{
    public bool IsEnabled => histogram.Enabled;

    public void Record(TimeSpan time, in TagList tags)
    {
        try
        {
            histogram.Record(time.TotalSeconds, tags);
        }
        catch (Exception)
        {
            // There is no other place to report it.
        }
    }
}
