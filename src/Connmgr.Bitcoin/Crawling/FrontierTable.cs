using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses of a <see cref="MemoryFrontier"/> and the rules of <see cref="IFrontier"/>. Every step takes constant time for each address
/// that it gives or takes. Uses no clock and no lock. Times are ticks.
/// </summary>
internal sealed class FrontierTable
{
    /// <summary>The most addresses that one call sets aside, beyond those that it leases. The next call goes on.</summary>
    private const int MostAside = 1000;

    private const double NearlyFull = 0.9; // Of the most addresses.
    private const int MostWhenFull = 2; // Failures, when the table is nearly full.

    private readonly FrontierOptions _options;
    private readonly RoundRules _rules;
    private readonly PaceLimit _pace;
    private readonly NetgroupPace _groups;
    private readonly Dictionary<long, EntryList> _later = []; // By the time at which they are due: few times, as it is that of a round and whole periods.
    private readonly PriorityQueue<long, long> _laterTimes = new(); // The keys of _later.
    private readonly Dictionary<Netgroup, int> _counts = []; // The addresses of each netgroup; empty without a limit.
    private EntryList _due;
    private EntryList _leased; // In the order in which the leases end.
    private long _nextVisit; // For _pace.
    private long _lastToken;

    /// <summary>Creates a table without addresses, in its first round.</summary>
    public FrontierTable(FrontierOptions options, long now)
    {
        _options = options;
        _rules = new(options);
        _pace = new(options.VisitsPerSecond);
        _groups = new(new(options.VisitsPerSecondPerNetgroup), Entries);
        (Round, RoundStart) = (1, now);
    }

    /// <summary>All addresses.</summary>
    public EntryStore Entries { get; } = new();

    /// <summary>The number of the round.</summary>
    public long Round { get; private set; }

    /// <summary>The start of the round.</summary>
    public long RoundStart { get; private set; }

    /// <summary>The visits that were completed in the round.</summary>
    public long Completed { get; private set; }

    /// <summary>The visits that reached their node.</summary>
    public long Reached { get; private set; }

    /// <summary>The number of leases.</summary>
    public int Leased => _leased.Count;

    /// <summary>The number of addresses that are due in this round, and not leased.</summary>
    public int Due => _due.Count + _groups.Waiting;

    /// <summary>Continues with a saved round, before any address is added.</summary>
    public void Continue(long round, long roundStart, long completed, long reached) => (Round, RoundStart, Completed, Reached) = (round, roundStart, completed, reached);

    /// <summary>Adds an address that was saved.</summary>
    /// <returns>False if it is there already, or the table is full.</returns>
    public bool Restore(in FrontierEntry saved)
    {
        if (Entries.Find(saved.EndPoint) >= 0 || !TryCreate(saved.EndPoint, ofHost: 0, out var slot))
            return false;
        ref var entry = ref Entries[slot];
        (entry.Services, entry.Record, entry.Failures, entry.WasVisited) = (saved.Services, saved.Record, saved.Failures, saved.WasVisited);
        if (saved.Time > RoundStart)
            PutLater(slot, saved.Time);
        else
            PutDue(slot);
        return true;
    }

    /// <summary>Adds addresses that are new.</summary>
    /// <returns>Their number.</returns>
    public int Add(ReadOnlySpan<PeerAddress> addresses)
    {
        var added = 0;
        foreach (ref readonly var address in addresses)
        {
            var endPoint = address.EndPoint;
            if (!endPoint.Address.IsValid || (endPoint.Port == 0 && endPoint.Address.Network != AddressNetwork.I2P))
                continue;
            var slot = Entries.Find(endPoint, out var ofHost);
            if (slot < 0)
            {
                if (!TryCreate(endPoint, ofHost, out slot))
                    continue;
                PutDue(slot);
                added++;
            }

            ref var entry = ref Entries[slot];
            if (entry.Services == 0)
                entry.Services = address.Services;
        }

        return added;
    }

    /// <summary>Leases addresses.</summary>
    public FrontierGrant Lease(int max, long now)
    {
        Expire(now);
        if (now < RoundStart)
            return new([], TimeSpan.FromTicks(RoundStart - now), Round, IsRoundOver: false);

        CollectDue();
        var leases = ImmutableArray.CreateBuilder<FrontierLease>();
        var aside = 0;
        while (leases.Count < max && (!_pace.IsLimited || _pace.AllowedFrom(_nextVisit) <= now) && TryNext(now, ref aside, out var slot))
        {
            _pace.Take(ref _nextVisit, now);
            leases.Add(Give(slot, now));
        }

        return new(leases.DrainToImmutable(), GetRetry(leases.Count == max, now), Round, IsOver(now));
    }

    /// <summary>Renews a lease.</summary>
    /// <returns>False if it was lost.</returns>
    public bool Renew(in FrontierLease lease, long now)
    {
        Expire(now);
        if (!TryFind(lease, out var slot))
            return false;
        _leased.Remove(Entries, slot);
        Hold(slot, now);
        return true;
    }

    /// <summary>Completes a visit.</summary>
    /// <returns>False if its lease was lost.</returns>
    public bool Complete(in FrontierResult result, long now)
    {
        Expire(now);
        if (!TryFind(result.Lease, out var slot))
            return false;
        _leased.Remove(Entries, slot);
        if (result.IsSkipped)
        {
            PutLater(slot, _rules.NextRound(RoundStart));
            return true;
        }

        ref var entry = ref Entries[slot];
        entry.WasVisited = true;
        Completed++;
        if (result.IsReachable)
        {
            Reached++;
            (entry.Failures, entry.Services) = (0, result.Services);
            entry.Record = result.Record.IsEmpty ? null : result.Record.ToArray();
        }
        else
        {
            entry.Failures = (byte)Math.Min(entry.Failures + 1, byte.MaxValue);
            entry.Record = null;
        }

        PutLater(slot, _rules.NextDue(RoundStart, entry.Failures, now));
        return true;
    }

    /// <summary>Ends a lease without a visit.</summary>
    public void Release(in FrontierLease lease, long now)
    {
        Expire(now);
        if (!TryFind(lease, out var slot))
            return;
        _leased.Remove(Entries, slot);
        PutDue(slot);
    }

    /// <summary>Ends a round.</summary>
    /// <returns>False if it is not over, or is not the current one.</returns>
    public bool EndRound(long round, long now)
    {
        Expire(now);
        if (round != Round || !IsOver(now))
            return false;
        Round++;
        RoundStart = _rules.NextStart(RoundStart, now);
        (Completed, Reached) = (0, 0);
        CollectDue();
        return true;
    }

    /// <summary>Returns the addresses of leases that have ended.</summary>
    public void Expire(long now)
    {
        while (_leased.First is >= 0 and var slot && Entries[slot].Time <= now)
        {
            _leased.Remove(Entries, slot);
            PutDue(slot);
        }
    }

    /// <summary>Determines whether the round is over. Call <see cref="Expire"/> first.</summary>
    public bool IsOver(long now) => now >= RoundStart && Entries.Count > 0 && Due == 0 && Leased == 0;

    /// <summary>Moves the addresses that have become due in this round.</summary>
    private void CollectDue()
    {
        while (_laterTimes.TryPeek(out var time, out _) && time <= RoundStart)
        {
            _laterTimes.Dequeue();
            _later.Remove(time, out var list);
            _due.Append(Entries, list);
        }
    }

    /// <summary>Takes the next address that may be visited, first of those that waited for their netgroup.</summary>
    private bool TryNext(long now, ref int aside, out int slot)
    {
        while (_groups.TryNext(now, out slot))
        {
            if (!Forget(slot))
                return true;
        }

        for (; _due.First is >= 0 and var first; aside++)
        {
            if (aside == MostAside)
                break;
            _due.Remove(Entries, first);
            if (Forget(first))
                continue;
            slot = first;
            if (!_groups.IsLimited)
                return true;
            var group = _options.Netgrouper.GetGroup(Entries[first].EndPoint.Address);
            if (_groups.TryTake(group, now))
                return true;
            _groups.Wait(group, first);
        }

        slot = -1;
        return false;
    }

    /// <summary>Creates the entry of a new address, in no list, within the limits.</summary>
    private bool TryCreate(in NetworkEndPoint endPoint, int ofHost, out int slot)
    {
        slot = -1;
        if (Entries.Count >= _options.MaxAddresses || (_options.MaxAddressesPerHost > 0 && ofHost >= _options.MaxAddressesPerHost))
            return false;
        if (_options.MaxAddressesPerNetgroup > 0)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, _options.Netgrouper.GetGroup(endPoint.Address), out _);
            if (count >= _options.MaxAddressesPerNetgroup)
                return false;
            count++;
        }

        slot = Entries.Add(endPoint);
        return true;
    }

    /// <summary>
    /// Removes an address that was not reachable too often. When the table is nearly full that is sooner, so that invented addresses
    /// do not keep out others for days.
    /// </summary>
    private bool Forget(int slot)
    {
        ref var entry = ref Entries[slot];
        var most = Entries.Count >= _options.MaxAddresses * NearlyFull ? Math.Min(MostWhenFull, _options.MaxFailures) : _options.MaxFailures;
        if (entry.Failures < most)
            return false;
        var group = _options.Netgrouper.GetGroup(entry.EndPoint.Address);
        if (_options.MaxAddressesPerNetgroup > 0 && --CollectionsMarshal.GetValueRefOrAddDefault(_counts, group, out _) == 0)
            _counts.Remove(group);
        Entries.Remove(slot);
        return true;
    }

    private FrontierLease Give(int slot, long now)
    {
        Hold(slot, now);
        ref var entry = ref Entries[slot];
        entry.Token = ++_lastToken;
        return new(entry.EndPoint, entry.Token) { Services = entry.Services, Failures = entry.Failures, IsNew = !entry.WasVisited };
    }

    private void Hold(int slot, long now)
    {
        ref var entry = ref Entries[slot];
        (entry.Place, entry.Time) = (FrontierPlace.Leased, now + _options.LeasePeriod.Ticks);
        _leased.Append(Entries, slot);
    }

    private bool TryFind(in FrontierLease lease, out int slot)
    {
        slot = Entries.Find(lease.EndPoint);
        return slot >= 0 && Entries[slot].Place == FrontierPlace.Leased && Entries[slot].Token == lease.Token;
    }

    private void PutDue(int slot)
    {
        ref var entry = ref Entries[slot];
        (entry.Place, entry.Time) = (FrontierPlace.Waiting, RoundStart);
        _due.Append(Entries, slot);
    }

    private void PutLater(int slot, long time)
    {
        ref var entry = ref Entries[slot];
        (entry.Place, entry.Time) = (FrontierPlace.Waiting, time);
        if (!_later.TryGetValue(time, out var list))
            _laterTimes.Enqueue(time, time);
        list.Append(Entries, slot);
        _later[time] = list;
    }

    private TimeSpan GetRetry(bool isFull, long now)
    {
        if (isFull || IsOver(now))
            return TimeSpan.Zero;
        var time = long.MaxValue;
        if (_due.Count > 0)
            time = now;
        if (_groups.Waiting > 0)
            time = Math.Min(time, _groups.NextWake!.Value);
        if (time < long.MaxValue && _pace.IsLimited)
            time = Math.Max(time, _pace.AllowedFrom(_nextVisit));
        if (_leased.First is >= 0 and var first)
            time = Math.Min(time, Entries[first].Time);
        return time == long.MaxValue ? TimeSpan.FromSeconds(1) : TimeSpan.FromTicks(Math.Max(0, time - now));
    }
}
