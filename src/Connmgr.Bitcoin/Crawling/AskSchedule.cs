namespace Connmgr.Bitcoin;

/// <summary>
/// Spreads getaddr over the nodes that are visited round after round. Each has a moment in the interval, which its address decides, so
/// nothing is kept for it: it is asked in the first round that begins after that moment. Pure.
/// </summary>
internal sealed class AskSchedule(TimeSpan interval)
{
    /// <summary>Determines whether to ask a node in a round.</summary>
    /// <param name="endPoint">The address of the node.</param>
    /// <param name="previous">The start of the round before; null if it is not known.</param>
    /// <param name="start">The start of the round.</param>
    public bool IsDue(in NetworkEndPoint endPoint, DateTimeOffset? previous, DateTimeOffset start)
    {
        if (interval == TimeSpan.Zero || previous is null)
            return true;
        Span<byte> key = stackalloc byte[NetworkEndPoint.MaxKeyLength];
        var hash = 2166136261u; // FNV-1a: the same in each process of a fleet.
        foreach (var octet in key[..endPoint.WriteKey(key)])
            hash = (hash ^ octet) * 16777619;
        var moment = (long)(interval.Ticks * (hash / (double)(1L << 32)));
        return (start.UtcTicks - moment) / interval.Ticks > (previous.Value.UtcTicks - moment) / interval.Ticks;
    }
}
