using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The causes for which addresses of the source were refused since the last dial. Written without a lock by every thread that checks an
/// address, so one of two concurrent causes may be lost.
/// </summary>
internal sealed class RecentRefusals
{
    /// <summary>The number of causes that are kept: the number of refusals that pauses a source, and some more.</summary>
    private const int Kept = 128;

    private readonly ConnectFailureCause[] _causes = new ConnectFailureCause[Kept]; // None in an unused place.
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
