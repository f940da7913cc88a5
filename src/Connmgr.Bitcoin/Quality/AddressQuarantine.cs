using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// The quarantine of a <see cref="PeerNetwork"/>: the addresses that rest because their peers left early, timed out, or lacked services that
/// they promised. Empty without <see cref="PeerPolicies.Quarantine"/>. Thread-safe.
/// </summary>
public sealed class AddressQuarantine
{
    private readonly PeerQuarantine? _options;
    private readonly Func<bool> _isOnline;
    private readonly Func<bool> _hasPeers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly QuarantineTable _table; // Empty without options. Guarded by _lock.
    private long _changes; // The number of changes. Guarded by _lock.

    /// <summary>Creates an empty quarantine.</summary>
    /// <param name="options">The options; null for no quarantine.</param>
    /// <param name="isOnline">Determines whether the network works, so that an end is evidence against the peer.</param>
    /// <param name="hasPeers">Determines whether there is an outbound peer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The network's logger.</param>
    internal AddressQuarantine(PeerQuarantine? options, Func<bool> isOnline, Func<bool> hasPeers, TimeProvider time, ILogger logger)
    {
        (_options, _isOnline, _hasPeers, _time, _logger) = (options, isOnline, hasPeers, time, logger);
        _table = new(options ?? new PeerQuarantine());
    }

    /// <summary>
    /// Raised after an address has begun to rest, on the thread that learned of the cause and outside any lock. Handlers must be fast and
    /// must not throw.
    /// </summary>
    public event EventHandler<AddressQuarantinedEventArgs>? Added;

    /// <summary>The number of changes so far, by which a writer knows whether there is anything to write.</summary>
    internal long Changes
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
                return _table.CountResting(_time.GetUtcNow());
        }
    }

    /// <summary>Determines whether an address may not be chosen now.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="isLastResort">True when nothing else was found. A resting address is then better than no peer at all.</param>
    internal bool Excludes(NetworkEndPoint endPoint, bool isLastResort)
    {
        bool isResting;
        lock (_lock)
            isResting = _table.IsResting(endPoint, _time.GetUtcNow());
        return isResting && !(isLastResort && !_hasPeers());
    }

    /// <summary>Gets the addresses that rest now.</summary>
    /// <returns>A copy, ordered by the end of the rest.</returns>
    public ImmutableArray<QuarantineEntry> GetResting()
    {
        ImmutableArray<QuarantineEntry> resting;
        lock (_lock)
            resting = _table.GetResting(_time.GetUtcNow());
        return resting.Sort(static (one, other) => one.RestsUntil.CompareTo(other.RestsUntil));
    }

    /// <summary>Gets what counts against an address, also after its rest, until it is forgotten.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>The entry; null if nothing counts against the address.</returns>
    public QuarantineEntry? Find(NetworkEndPoint endPoint)
    {
        lock (_lock)
            return _table.Find(endPoint, _time.GetUtcNow());
    }

    /// <summary>Releases an address: it may be dialled at once, and nothing counts against it any more.</summary>
    /// <param name="endPoint">The address.</param>
    /// <returns>True if anything counted against it.</returns>
    public bool Release(NetworkEndPoint endPoint)
    {
        lock (_lock)
        {
            if (!_table.Remove(endPoint))
                return false;
            _changes++;
            return true;
        }
    }

    /// <summary>Takes note of the end of an automatic connection.</summary>
    internal void NoteEnd(in NetworkEndPoint endPoint, DisconnectCause cause, TimeSpan stayed)
    {
        if (_options is null)
            return;
        var (reason, lasted) = QuarantineRules.JudgeEnd(cause, stayed, _options);
        if (lasted)
            Forgive(endPoint);
        if (reason is { } known)
            Add(endPoint, known);
    }

    /// <summary>Takes note of a failed attempt of an automatic connection.</summary>
    internal void NoteFailure(in AttemptOutcome outcome)
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
    internal void NoteServices(AddressBookCandidate candidate, NodeServices offered, NodeServices wanted)
    {
        if (QuarantineRules.LacksPromised((NodeServices)candidate.Entry.Address.Services, offered, wanted))
            Add(candidate.EndPoint, QuarantineCause.LackedServices);
    }

    /// <summary>Gets what is to be kept.</summary>
    /// <returns>The entries, and <see cref="Changes"/> at that moment.</returns>
    internal (ImmutableArray<QuarantineEntry> Entries, long Changes) Capture()
    {
        lock (_lock)
            return (_table.GetEntries(_time.GetUtcNow()), _changes);
    }

    /// <summary>Adds what was kept.</summary>
    internal void Restore(ImmutableArray<QuarantineEntry> entries)
    {
        if (_options is null)
            return;
        lock (_lock)
            _table.Restore(entries, _time.GetUtcNow());
    }

    private void Add(in NetworkEndPoint endPoint, QuarantineCause cause)
    {
        if (_options is null || !_isOnline())
            return;
        QuarantineEntry entry;
        lock (_lock)
        {
            entry = _table.Add(endPoint, _time.GetUtcNow());
            _changes++;
        }

        NetworkLog.Quarantined(_logger, endPoint, entry.RestsUntil, cause, entry.Times);
        Added?.Invoke(this, new(entry, cause));
    }

    private void Forgive(in NetworkEndPoint endPoint)
    {
        lock (_lock)
            _changes += _table.Forgive(endPoint) ? 1 : 0;
    }
}

/// <summary>An address that begins to rest, and the cause. Immutable.</summary>
public sealed class AddressQuarantinedEventArgs : EventArgs
{
    internal AddressQuarantinedEventArgs(QuarantineEntry entry, QuarantineCause cause) => (Entry, Cause) = (entry, cause);

    /// <summary>The address, with the end of its rest.</summary>
    public QuarantineEntry Entry { get; }

    /// <summary>The cause.</summary>
    public QuarantineCause Cause { get; }
}
