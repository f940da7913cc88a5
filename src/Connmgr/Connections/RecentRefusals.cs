using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// Why the last addresses of the source were refused, since one was dialled. Written by whoever asks about an address, from any thread and without a lock: of
/// two that write at once one may be lost.
/// </summary>
internal sealed class RecentRefusals
{
    /// <summary>As many as a source may have refused in a row before it rests, and some more.</summary>
    private const int Kept = 128;

    private readonly ConnectFailureCause[] _causes = new ConnectFailureCause[Kept]; // None: nothing yet.
    private int _next;

    /// <summary>How many were added since it was cleared.</summary>
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

    /// <summary>How many there were for each cause, the most frequent first.</summary>
    public ImmutableArray<AddressRefusals> Count() =>
    [
        .. _causes.Where(static cause => cause != ConnectFailureCause.None)
            .CountBy(static cause => cause)
            .Select(static pair => new AddressRefusals(pair.Key, pair.Value))
            .OrderByDescending(static refusals => refusals.Count),
    ];
}
