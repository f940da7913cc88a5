using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The reports of the program about a peer. An inbound peer is kept by them when others want its place
/// (<see cref="InboundLimits.EvictionEnabled"/>); outbound peers are not evicted, but those of a network are rated and replaced by them. Each
/// call costs a clock reading and a store; one thread at a time makes one kind of report.
/// </summary>
public sealed partial class Connection
{
    private ImmutableHashSet<string> _tags = [];
    private UsefulnessTally _tally;

    /// <summary>The numbers of reports. Any thread.</summary>
    internal ref readonly UsefulnessTally Usefulness => ref _tally;

    /// <summary>True while the connection has a tag of <see cref="Protect"/>.</summary>
    internal bool IsProtected => !Volatile.Read(ref _tags).IsEmpty;

    /// <summary>Reports a measured round trip (the answer to a ping): the shortest counts.</summary>
    /// <param name="roundTrip">The time that it took.</param>
    public void ReportRoundTrip(TimeSpan roundTrip)
    {
        Link.Facts?.ReportRoundTrip(roundTrip);
        _context.Metrics.RoundTrip(this, roundTrip);
    }

    /// <summary>Reports that the peer was the first to provide something that everyone needs. In Bitcoin: a new valid block.</summary>
    public void ReportUsefulBlock()
    {
        _context.NoteUsefulness();
        var now = _context.Now;
        _tally.AddBlock(now);
        Link.Facts?.ReportUsefulBlock(now);
    }

    /// <summary>Reports that the peer provided something useful and new. In Bitcoin: a transaction that was accepted into the mempool.</summary>
    public void ReportUsefulTransaction()
    {
        _context.NoteUsefulness();
        _tally.AddTransaction();
        Link.Facts?.ReportUsefulTransaction(_context.Now);
    }

    /// <summary>
    /// Reports that the peer provided something that others had provided before: it participates, though it was not the first. Once there
    /// is a report about any connection, inbound connections without a report within a minute are evicted before others.
    /// </summary>
    public void ReportParticipation()
    {
        _context.NoteUsefulness();
        Link.Facts?.ReportParticipation();
    }

    /// <summary>
    /// Reports the capabilities that the peer announced, usually in its handshake. Each call replaces the previous one; before the first
    /// call all are false.
    /// </summary>
    /// <param name="offersWantedServices">True if it offers every service that is wanted from a peer.</param>
    /// <param name="relaysTransactions">True if it exchanges small items at all. In Bitcoin: if it relays transactions.</param>
    /// <param name="filtersTransactions">True if it wants only a selection of them. In Bitcoin: if it has set a bloom filter.</param>
    public void ReportCapabilities(bool offersWantedServices, bool relaysTransactions, bool filtersTransactions = false)
    {
        if (Link.Facts is not { } facts)
            return;
        facts.OffersWantedServices = offersWantedServices;
        facts.RelaysTransactions = relaysTransactions;
        facts.FiltersTransactions = filtersTransactions;
    }

    /// <summary>
    /// Keeps the connection from being evicted, until <see cref="Unprotect"/> removes each tag that was added. It can still be evicted for
    /// a connection that <see cref="ConnectionManager.Connect"/> requests beyond <see cref="InboundLimits.MaxConnections"/>, if every other
    /// inbound one is protected as well. An outbound connection is never evicted; protected, it does not end for a peer that is connected in
    /// addition to the target, unless the program asks for that. Thread-safe.
    /// </summary>
    /// <param name="tag">A name for the reason, so that two parts of a program do not remove each other's protection.</param>
    public void Protect(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        lock (Link)
            SetTags(_tags.Add(tag));
    }

    /// <summary>Removes a tag that <see cref="Protect"/> added. Thread-safe.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>True if the connection is still protected by other tags.</returns>
    public bool Unprotect(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        lock (Link)
            return SetTags(_tags.Remove(tag));
    }

    /// <summary>Counts a report of misbehaviour, whether or not it counts against the host.</summary>
    internal void NoteMisbehavior() => _tally.AddMisbehavior();

    private bool SetTags(ImmutableHashSet<string> tags)
    {
        _tags = tags;
        if (Link.Facts is { } facts)
            facts.IsProtected = !tags.IsEmpty;
        return !tags.IsEmpty;
    }
}
