using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// What the program tells of an inbound peer, by which it is kept when others want its place (<see cref="InboundLimits.Evict"/>). Each call
/// costs a clock reading and a store; a kind of news is reported by one thread at a time. Outbound connections
/// are not evicted; but their round trips are measured too.
/// </summary>
public sealed partial class Connection
{
    private ImmutableHashSet<string> _tags = [];

    /// <summary>A round trip was measured (a ping was answered): the shortest counts.</summary>
    /// <param name="roundTrip">How long it took.</param>
    public void ReportRoundTrip(TimeSpan roundTrip)
    {
        Link.Facts?.ReportRoundTrip(roundTrip);
        _context.Metrics.RoundTrip(this, roundTrip);
    }

    /// <summary>The peer was the first to give something that everybody needs. In Bitcoin: a valid block that was new.</summary>
    public void ReportMajorNews()
    {
        _context.NoteUsefulness();
        Link.Facts?.ReportMajorNews(_context.Now);
    }

    /// <summary>The peer gave something of use that was new. In Bitcoin: a transaction that was taken into the mempool.</summary>
    public void ReportMinorNews()
    {
        _context.NoteUsefulness();
        Link.Facts?.ReportMinorNews(_context.Now);
    }

    /// <summary>
    /// The peer gave something that others had given already: it takes part, though it was not the first. Once anything is reported of any
    /// connection, inbound ones that gave nothing at all within a minute make room before others.
    /// </summary>
    public void ReportParticipation()
    {
        _context.NoteUsefulness();
        Link.Facts?.ReportParticipation();
    }

    /// <summary>What the peer said that it is, usually in its handshake. Each call replaces the one before; until the first, all are false.</summary>
    /// <param name="offersWantedServices">Whether it offers every service that is wanted of a peer.</param>
    /// <param name="relaysMinorNews">Whether it exchanges minor news with us at all. In Bitcoin: whether it relays transactions.</param>
    /// <param name="filtersMinorNews">Whether it takes a part of them only, at our cost. In Bitcoin: whether it has set a bloom filter.</param>
    public void ReportCapabilities(bool offersWantedServices, bool relaysMinorNews, bool filtersMinorNews = false)
    {
        if (Link.Facts is not { } facts)
            return;
        facts.OffersWantedServices = offersWantedServices;
        facts.RelaysMinorNews = relaysMinorNews;
        facts.FiltersMinorNews = filtersMinorNews;
    }

    /// <summary>
    /// Keeps the connection from being evicted, until each tag that was given is taken back by <see cref="Unprotect"/>. Only for a connection
    /// that <see cref="ConnectionManager.Connect"/> asks for beyond <see cref="InboundLimits.MaxConnections"/> it goes nevertheless, when
    /// every other inbound one is protected as well. Thread-safe.
    /// </summary>
    /// <param name="tag">A name for the reason, so that two parts of a program do not undo each other's.</param>
    public void Protect(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        lock (Link)
            SetTags(_tags.Add(tag));
    }

    /// <summary>Takes a tag back that <see cref="Protect"/> gave. Thread-safe.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>Whether others are left, so that the connection is still protected.</returns>
    public bool Unprotect(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        lock (Link)
            return SetTags(_tags.Remove(tag));
    }

    private bool SetTags(ImmutableHashSet<string> tags)
    {
        _tags = tags;
        if (Link.Facts is { } facts)
            facts.IsProtected = !tags.IsEmpty;
        return !tags.IsEmpty;
    }
}
