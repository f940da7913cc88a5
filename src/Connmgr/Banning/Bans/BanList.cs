using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The hosts, subnets and autonomous systems that may not connect, each until a point in time. As in Bitcoin Core, a shorter ban never
/// replaces a longer one, and any address can be banned, even one that is not publicly routable. <see cref="BanListFile"/> reads and writes
/// it; <see cref="BanListWriter"/> keeps the file up to date.
/// </summary>
/// <remarks>
/// <para>
/// A look-up probes a hash table once for each prefix length that is banned, so it costs the same with ten bans and with 100,000, and
/// allocates nothing. Bans that have ended are not in force. They are removed when bans are added or listed, provided that the clock is
/// trusted (<see cref="BanListOptions.IsClockTrusted"/>).
/// </para>
/// <para>
/// Thread safety: all members may be called from any thread at any time. One private lock guards the list, also for readers. It is held for
/// a few hash probes and almost never contended, because the reader is the loop of a manager; a lock-free list would allocate on each
/// change. No user code is called under the lock.
/// </para>
/// </remarks>
public sealed class BanList
{
    /// <summary>The default duration of a ban: 24 h, as in Bitcoin Core and btcd.</summary>
    internal static readonly TimeSpan DefaultDuration = TimeSpan.FromHours(24);

    private static readonly DateTimeOffset Latest = Ban.WholeSeconds(DateTimeOffset.MaxValue);

    private readonly Lock _lock = new();
    private readonly BanTable _table = new();
    private readonly EndedBans _ended;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _defaultDuration;
    private readonly int _maxCount;
    private readonly int _maxByMisbehavior;
    private readonly Func<NetworkAddress, uint>? _autonomousSystemOf;
    private readonly Func<bool>? _isClockTrusted;

    /// <summary>Creates an empty list.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public BanList(BanListOptions? options = null)
    {
        options ??= new BanListOptions();
        OptionsErrors.ThrowIfAny(options);
        _timeProvider = options.TimeProvider;
        _defaultDuration = options.DefaultDuration;
        _maxCount = options.MaxCount;
        _maxByMisbehavior = options.MaxByMisbehavior;
        _autonomousSystemOf = options.GetAutonomousSystem;
        _isClockTrusted = options.IsClockTrusted;
        _ended = new EndedBans(_maxCount);
    }

    /// <summary>
    /// Raised after each change, on the thread that made it and outside any lock. Simultaneous changes by several threads may be reported
    /// in any order, so query the list instead of keeping count. Handlers must be fast and must not throw.
    /// </summary>
    public event EventHandler<BansChangedEventArgs>? Changed;

    /// <summary>The number of bans, including those that have ended but are not removed yet.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _table.Count;
        }
    }

    private DateTimeOffset Now => Ban.WholeSeconds(_timeProvider.GetUtcNow());

    private bool IsClockTrusted => _isClockTrusted?.Invoke() ?? true;

    /// <summary>Bans a target for some time from now.</summary>
    /// <param name="target">The target to ban.</param>
    /// <param name="duration">
    /// The duration, a second or more; times beyond the year 9999 end there. Null: <see cref="BanListOptions.DefaultDuration"/>.
    /// </param>
    /// <param name="cause">The cause of the ban.</param>
    /// <param name="comment">A note on the reason.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="ArgumentException">The target is the default value, or the duration is less than a second.</exception>
    public BanOutcome Add(BanTarget target, TimeSpan? duration = null, BanCause cause = BanCause.Manual, string? comment = null)
    {
        var time = duration ?? _defaultDuration;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.FromSeconds(1), nameof(duration));
        var now = Now;
        return Add(new Ban(target, now, time > Latest - now ? Latest : now + time, cause, comment));
    }

    /// <summary>Adds a ban unchanged, with the times of a file or of another list.</summary>
    /// <param name="ban">The ban.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="ArgumentException">The target is the default value.</exception>
    public BanOutcome Add(Ban ban)
    {
        ArgumentNullException.ThrowIfNull(ban);
        return Add([ban])[0];
    }

    /// <summary>Adds bans unchanged. Raises one event for all.</summary>
    /// <param name="bans">The bans.</param>
    /// <returns>The outcome of each ban, in order.</returns>
    /// <exception cref="ArgumentException">A target is the default value, or a ban is null. No ban is added.</exception>
    public ImmutableArray<BanOutcome> Add(IEnumerable<Ban> bans) => Add(bans, keepsEnded: false);

    /// <summary>Adds the bans of the list's file. Keeps those that have ended if the clock is not trusted.</summary>
    internal ImmutableArray<BanOutcome> Restore(ImmutableArray<Ban> bans) => Add(bans, keepsEnded: true);

    private ImmutableArray<BanOutcome> Add(IEnumerable<Ban> bans, bool keepsEnded)
    {
        ArgumentNullException.ThrowIfNull(bans);
        Ban[] given = [.. bans];
        if (given.Contains(null))
            throw new ArgumentException("One of the bans is null; leave it out.", nameof(bans));
        given = Array.ConvertAll(given, static ban => ban.Normalized());
        if (given.Any(static ban => ban.Target.IsNone))
            throw new ArgumentException("The target is the default value; name an address, a subnet or an autonomous system.", nameof(bans));
        var outcomes = ImmutableArray.CreateBuilder<BanOutcome>(given.Length);
        var added = ImmutableArray.CreateBuilder<Ban>();
        List<Ban>? expired;
        var (isTrusted, now) = (IsClockTrusted, Now);
        lock (_lock)
        {
            (expired, var recalled) = SweepLocked(now, isTrusted);
            added.AddRange(recalled);
            foreach (var ban in given)
            {
                var outcome = AddLocked(ban, now);
                outcomes.Add(outcome);
                if (outcome is BanOutcome.Added or BanOutcome.Extended)
                    added.Add(ban);
                else if (outcome == BanOutcome.AlreadyExpired && keepsEnded && !isTrusted)
                    _ended.Add(ban);
            }
        }

        RaiseChanged(BanChangeKind.Expired, expired);
        RaiseChanged(BanChangeKind.Added, added);
        return outcomes.MoveToImmutable();
    }

    /// <summary>Removes the ban of exactly this target. Bans of larger and smaller subnets remain.</summary>
    /// <param name="target">The banned target.</param>
    /// <returns>False if it was not banned.</returns>
    public bool Remove(BanTarget target)
    {
        Ban? removed, ended;
        var now = Now;
        Recall(now);
        lock (_lock)
        {
            removed = _table.Remove(target);
            ended = _ended.Remove(target);
        }

        if (removed is null)
        {
            RaiseChanged(BanChangeKind.Removed, ended is null ? null : [ended]); // It does not hold, but the file has it.
            return false;
        }

        var held = removed.Until > now;
        RaiseChanged(held ? BanChangeKind.Removed : BanChangeKind.Expired, [removed]);
        return held;
    }

    /// <summary>Removes all bans.</summary>
    /// <returns>The number of removed bans.</returns>
    public int Clear()
    {
        List<Ban>? expired;
        Ban[] removed, ended;
        var now = Now;
        Recall(now);
        lock (_lock)
        {
            expired = _table.Sweep(now);
            removed = _table.ToArray();
            foreach (var ban in removed)
                _table.Remove(ban.Target);
            ended = [.. _ended.All];
            _ended.Clear();
        }

        RaiseChanged(BanChangeKind.Expired, expired);
        RaiseChanged(BanChangeKind.Removed, [.. removed, .. ended]);
        return removed.Length;
    }

    /// <summary>Finds the ban in force for an address: that of the smallest subnet that contains it, or else that of its autonomous system.</summary>
    /// <param name="address">The address.</param>
    /// <param name="ban">The ban.</param>
    /// <returns>False if the address is not banned.</returns>
    public bool TryFind(in NetworkAddress address, [NotNullWhen(true)] out Ban? ban)
    {
        var now = Now;
        bool hasAutonomousSystems;
        Recall(now);
        lock (_lock)
        {
            ban = _table.Count == 0 ? null : _table.Find(address, now);
            hasAutonomousSystems = _table.HasAutonomousSystems;
        }

        if (ban is null && hasAutonomousSystems && _autonomousSystemOf?.Invoke(address) is > 0 and var number)
        {
            lock (_lock)
                ban = _table.FindInForce(BanTarget.FromAutonomousSystem(number), now);
        }

        return ban is not null;
    }

    /// <summary>Finds the ban in force for an endpoint.</summary>
    /// <param name="endPoint">The endpoint. Null and host names that are not addresses are never banned.</param>
    /// <param name="ban">The ban.</param>
    /// <returns>False if it is not banned.</returns>
    public bool TryFind(EndPoint? endPoint, [NotNullWhen(true)] out Ban? ban)
    {
        ban = null;
        return NetworkEndPoint.TryFromEndPoint(endPoint, out var peer) && TryFind(peer.Address, out ban);
    }

    /// <summary>Determines whether a ban is in force for an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>True if it is banned.</returns>
    public bool IsBanned(in NetworkAddress address) => TryFind(address, out _);

    /// <summary>Finds the ban in force of exactly this target.</summary>
    /// <param name="target">The banned target.</param>
    /// <param name="ban">The ban.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGet(BanTarget target, [NotNullWhen(true)] out Ban? ban)
    {
        var now = Now;
        Recall(now);
        lock (_lock)
            ban = _table.FindInForce(target, now);
        return ban is not null;
    }

    /// <summary>
    /// Gets the bans in force, in Bitcoin Core's order: by network, by the bytes of the address, the wider subnet first; then autonomous
    /// systems by number.
    /// </summary>
    /// <returns>A copy, which does not reflect later changes.</returns>
    public ImmutableArray<Ban> GetBans() => GetBans(withEnded: false);

    /// <summary>Gets the bans for the list's file: those in force, and those that ended while the clock was not trusted.</summary>
    internal ImmutableArray<Ban> GetKept() => GetBans(withEnded: true);

    private ImmutableArray<Ban> GetBans(bool withEnded)
    {
        List<Ban>? expired;
        List<Ban> recalled;
        Ban[] bans;
        var (isTrusted, now) = (IsClockTrusted, Now);
        lock (_lock)
        {
            (expired, recalled) = SweepLocked(now, isTrusted);
            bans = withEnded ? [.. _table.ToArray(), .. _ended.All] : _table.ToArray();
        }

        RaiseChanged(BanChangeKind.Expired, expired);
        RaiseChanged(BanChangeKind.Added, recalled);
        Array.Sort(bans, static (left, right) => BanTarget.Compare(left.Target, right.Target));
        return ImmutableCollectionsMarshal.AsImmutableArray(bans);
    }

    /// <summary>Restores bans that had ended, after the clock was set back.</summary>
    private void Recall(DateTimeOffset now)
    {
        if (!_ended.MayHold(now))
            return;
        List<Ban> recalled;
        lock (_lock)
            recalled = RecallLocked(now);
        RaiseChanged(BanChangeKind.Added, recalled);
    }

    private List<Ban> RecallLocked(DateTimeOffset now) =>
        _ended.MayHold(now) ? [.. _ended.Recall(now).Where(ban => AddLocked(ban, now) is BanOutcome.Added or BanOutcome.Extended)] : [];

    private (List<Ban>? Expired, List<Ban> Recalled) SweepLocked(DateTimeOffset now, bool isTrusted)
    {
        var recalled = RecallLocked(now);
        var expired = _table.Sweep(now);
        if (isTrusted)
            _ended.Clear();
        else
            expired?.ForEach(_ended.Add);
        return (expired, recalled);
    }

    private BanOutcome AddLocked(Ban ban, DateTimeOffset now)
    {
        if (ban.Until <= now)
            return BanOutcome.AlreadyExpired;
        var found = _table.TryGet(ban.Target, out var present);
        if (found && present!.Until >= ban.Until)
            return BanOutcome.AlreadyBanned;

        // An extended ban needs no further place, but may now count as one for misbehaviour.
        var isMore = ban.Cause == BanCause.Misbehavior && present?.Cause != BanCause.Misbehavior;
        if ((!found && _table.Count >= _maxCount) || (isMore && _table.ByMisbehavior >= _maxByMisbehavior))
            return BanOutcome.ListFull;
        _table.Put(ban);
        _ended.Remove(ban.Target);
        return found ? BanOutcome.Extended : BanOutcome.Added;
    }

    private void RaiseChanged(BanChangeKind kind, IReadOnlyCollection<Ban>? bans)
    {
        if (bans is { Count: > 0 })
            Changed?.Invoke(this, new BansChangedEventArgs(kind, [.. bans]));
    }
}
