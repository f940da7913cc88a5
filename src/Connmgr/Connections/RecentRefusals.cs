using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The causes for which the last addresses of the source were refused, since one was dialled. Written by every thread that asks about an
/// address, without a lock: of two causes that are added at once, one may be lost.
/// </summary>
internal sealed class RecentRefusals
{
    /// <summary>The number of causes that are kept: as many refusals in a row as rest a source, and some more.</summary>
    private const int Kept = 128;

    private readonly ConnectFailureCause[] _causes = new ConnectFailureCause[Kept]; // None in a place that is not used yet.
    private int _next;

    /// <summary>The number of causes added since the last clear.</summary>
    public int Total => Volatile.Read(ref _next);

    public void Add(ConnectFailureCause cause)
    {
        if (cause != ConnectFailureCause.None)
            _causes[(uint)(Interlocked.Increment(ref _next) - 1) % Kept] = cause;
    }

    public void Clear()
    {
        Volatile.Write(ref _next, 0);
        Array.Clear(_causes);
    }

    /// <summary>Counts the refusals by cause, the most frequent first.</summary>
    public ImmutableArray<AddressRefusalCount> Count() =>
    [
        .. _causes.Where(static cause => cause != ConnectFailureCause.None)
            .CountBy(static cause => cause)
            .Select(static pair => new AddressRefusalCount(pair.Key, pair.Value))
            .OrderByDescending(static refusals => refusals.Count),
    ];
}
