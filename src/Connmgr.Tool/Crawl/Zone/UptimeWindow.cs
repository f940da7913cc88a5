using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// The uptime of a node in one window of time: an average of its samples in which a sample loses weight exponentially as it ages. The numbers are
/// those of bitcoin-seeder. Immutable.
/// </summary>
/// <param name="Reliability">The share of the time for which it was up, 0 to 1. Time before the first sample counts as down.</param>
/// <param name="Count">The number of samples, each less the older it is.</param>
/// <param name="Weight">The share of the window that samples cover, 0 to 1. <paramref name="Reliability"/> is never more.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UptimeWindow(double Reliability, double Count, double Weight)
{
    /// <summary>Adds a sample, which stands for the time since the sample before it.</summary>
    /// <param name="isUp">True when the node was up.</param>
    /// <param name="age">The time since the sample before it, positive.</param>
    /// <param name="length">The length of the window: the time in which a sample loses all but 1/e of its weight.</param>
    public UptimeWindow Add(bool isUp, TimeSpan age, TimeSpan length)
    {
        var kept = Math.Exp(-(age / length));
        return new((Reliability * kept) + (isUp ? 1 - kept : 0), (Count * kept) + 1, (Weight * kept) + 1 - kept);
    }
}
