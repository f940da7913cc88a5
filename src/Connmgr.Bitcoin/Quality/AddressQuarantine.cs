using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The quarantine of a network: lets the addresses of peers rest by <see cref="QuarantineRules"/>, and answers the address source.
/// Thread-safe.
/// </summary>
/// <param name="options">The options; null for no quarantine.</param>
/// <param name="isOnline">Determines whether the network works, so that an end is evidence against the peer.</param>
/// <param name="hasPeers">Determines whether there is an outbound peer.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class AddressQuarantine(PeerQuarantine? options, Func<bool> isOnline, Func<bool> hasPeers, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly QuarantineTable _table = new(options ?? new PeerQuarantine()); // Empty without options. Guarded by _lock.
    private long _changes; // The number of changes. Guarded by _lock.

    /// <summary>The number of changes so far, by which a writer knows whether there is anything to write.</summary>
    public long Changes
    {
        get
        {
            lock (_lock)
                return _changes;
        }
    }

    /// <summary>The number of addresses that rest now.</summary>
    public int RestingCount
    {
        get
        {
            lock (_lock)
                return _table.CountResting(time.GetUtcNow());
        }
    }

    /// <summary>Determines whether an address may not be chosen now.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="isLastResort">True when nothing else was found. A resting address is then better than no peer at all.</param>
    public bool Excludes(NetworkEndPoint endPoint, bool isLastResort)
    {
        bool isResting;
        lock (_lock)
            isResting = _table.IsResting(endPoint, time.GetUtcNow());
        return isResting && !(isLastResort && !hasPeers());
    }

    /// <summary>Gets what counts against an address.</summary>
    /// <returns>Null for nothing.</returns>
    public QuarantineEntry? Find(in NetworkEndPoint endPoint)
    {
        lock (_lock)
            return _table.Find(endPoint, time.GetUtcNow());
    }

    /// <summary>Takes note of the end of an automatic connection.</summary>
    public void NoteEnd(in NetworkEndPoint endPoint, DisconnectCause cause, TimeSpan stayed)
    {
        if (options is null)
            return;
        var (reason, lasted) = QuarantineRules.JudgeEnd(cause, stayed, options);
        if (lasted)
            Forgive(endPoint);
        if (reason is { } known)
            Add(endPoint, known);
    }

    /// <summary>Takes note of a failed attempt of an automatic connection.</summary>
    public void NoteFailure(in AttemptOutcome outcome)
    {
        if (outcome is { Succeeded: false, Tag: AddressBookCandidate candidate }
            && QuarantineRules.JudgeFailure(outcome.Phase, outcome.Cause) is { } reason)
        {
            Add(candidate.EndPoint, reason);
        }
    }

    /// <summary>Takes note of the services that the peer of an automatic connection offers.</summary>
    /// <param name="candidate">The address that was dialled, with the services that it promised.</param>
    /// <param name="offered">The services that the peer offers.</param>
    /// <param name="wanted">The services that matter.</param>
    public void NoteServices(AddressBookCandidate candidate, NodeServices offered, NodeServices wanted)
    {
        if (QuarantineRules.LacksPromised((NodeServices)candidate.Entry.Address.Services, offered, wanted))
            Add(candidate.EndPoint, QuarantineCause.LackedServices);
    }

    /// <summary>Gets what is to be kept.</summary>
    /// <returns>The entries, and <see cref="Changes"/> at that moment.</returns>
    public (ImmutableArray<QuarantineEntry> Entries, long Changes) Capture()
    {
        lock (_lock)
            return (_table.GetEntries(time.GetUtcNow()), _changes);
    }

    /// <summary>Adds what was kept.</summary>
    public void Restore(ImmutableArray<QuarantineEntry> entries)
    {
        if (options is null)
            return;
        lock (_lock)
            _table.Restore(entries, time.GetUtcNow());
    }

    private void Add(in NetworkEndPoint endPoint, QuarantineCause cause)
    {
        if (options is null || !isOnline())
            return;
        QuarantineEntry entry;
        lock (_lock)
        {
            entry = _table.Add(endPoint, time.GetUtcNow());
            _changes++;
        }

        NetworkLog.Quarantined(logger, endPoint, entry.RestsUntil, cause, entry.Times);
    }

    private void Forgive(in NetworkEndPoint endPoint)
    {
        lock (_lock)
            _changes += _table.Forgive(endPoint) ? 1 : 0;
    }
}
