namespace Connmgr.Rules;

/// <summary>
/// The usefulness of an inbound peer, as the program reports it. Plain fields without a lock: the code that talks to the peer writes them,
/// and the rules read them when they evict. A stale value only means that the report came a moment too late.
/// </summary>
internal sealed class PeerFacts
{
    private long _minRoundTrip = long.MaxValue;
    private long _lastUsefulBlock;
    private long _lastUsefulTransaction;
    private volatile bool _takesPart;

    /// <summary>The source for which the connection counts; null when no limit by source applies.</summary>
    public InboundSource? Source { get; init; }

    /// <summary>The listener, when the rate of its source counts; null otherwise.</summary>
    public ListenerInfo? RatedListener { get; init; }

    public AddressNetwork Network { get; init; }

    public bool IsLocal { get; init; }

    public ulong KeyedNetgroup { get; init; }

    public TimeSpan MinRoundTrip => new(Volatile.Read(ref _minRoundTrip));

    public TimeSpan LastUsefulBlock => new(Volatile.Read(ref _lastUsefulBlock));

    public TimeSpan LastUsefulTransaction => new(Volatile.Read(ref _lastUsefulTransaction));

    /// <summary>True when it provided anything useful, or repeated something that others provided.</summary>
    public bool TakesPart => _takesPart || LastUsefulBlock > TimeSpan.Zero || LastUsefulTransaction > TimeSpan.Zero;

    public bool OffersWantedServices { get; set; }

    public bool RelaysTransactions { get; set; }

    public bool FiltersTransactions { get; set; }

    public bool IsProtected { get; set; }

    public void ReportRoundTrip(TimeSpan roundTrip)
    {
        if (roundTrip >= TimeSpan.Zero && roundTrip.Ticks < Volatile.Read(ref _minRoundTrip))
            Volatile.Write(ref _minRoundTrip, roundTrip.Ticks);
    }

    public void ReportParticipation() => _takesPart = true;

    public void ReportUsefulBlock(TimeSpan now) => Volatile.Write(ref _lastUsefulBlock, now.Ticks);

    public void ReportUsefulTransaction(TimeSpan now) => Volatile.Write(ref _lastUsefulTransaction, now.Ticks);
}
