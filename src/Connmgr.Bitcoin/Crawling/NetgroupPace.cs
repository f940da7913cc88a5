namespace Connmgr.Bitcoin;

/// <summary>
/// The pace of each netgroup, and the addresses that wait for it. An address whose group is busy moves to the group's list once, and is not
/// looked at again before the group may be visited. Groups that are idle are forgotten. Not thread-safe.
/// </summary>
internal sealed class NetgroupPace(PaceLimit limit, EntryStore entries)
{
    private readonly Dictionary<Netgroup, Group> _groups = [];
    private readonly PriorityQueue<Group, long> _waking = new(); // Every group in the table, by WakeAt; other times are left over.

    /// <summary>True when there is a limit.</summary>
    public bool IsLimited => limit.IsLimited;

    /// <summary>The number of addresses that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>The time at which the next group is looked at; null without one.</summary>
    public long? NextWake => _waking.TryPeek(out _, out var time) ? time : null;

    /// <summary>Takes a visit from a group if its pace allows that now, and nothing waits in it.</summary>
    public bool TryTake(in Netgroup key, long now)
    {
        if (!_groups.TryGetValue(key, out var group))
        {
            group = new(key) { Next = now };
            _groups.Add(key, group);
            limit.Take(ref group.Next, now);
            WakeAt(group, group.Next);
            return true;
        }

        if (group.Waiting.Count > 0 || limit.AllowedFrom(group.Next) > now)
            return false;
        limit.Take(ref group.Next, now);
        return true;
    }

    /// <summary>Lets an address wait for its group, which must be busy.</summary>
    public void Wait(in Netgroup key, int slot)
    {
        var group = _groups[key];
        group.Waiting.Append(entries, slot);
        Waiting++;
        if (limit.AllowedFrom(group.Next) < group.WakeAt)
            WakeAt(group, limit.AllowedFrom(group.Next));
    }

    /// <summary>Takes the next waiting address whose group may be visited now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="slot">The slot of the address, which is in no list any more.</param>
    public bool TryNext(long now, out int slot)
    {
        slot = -1;
        while (slot < 0 && _waking.TryPeek(out var group, out var time) && time <= now)
        {
            _waking.Dequeue();
            if (time != group.WakeAt)
                continue;
            if (group.Waiting.Count > 0 && limit.AllowedFrom(group.Next) <= now)
            {
                slot = group.Waiting.First;
                group.Waiting.Remove(entries, slot);
                Waiting--;
                limit.Take(ref group.Next, now);
            }

            if (group.Waiting.Count > 0)
            {
                WakeAt(group, limit.AllowedFrom(group.Next));
            }
            else if (group.Next > now)
            {
                WakeAt(group, group.Next);
            }
            else
            {
                // The next visit will be as the first.
                group.WakeAt = long.MinValue;
                _groups.Remove(group.Key);
            }
        }

        return slot >= 0;
    }

    private void WakeAt(Group group, long time)
    {
        group.WakeAt = time;
        _waking.Enqueue(group, time);
    }

    private sealed class Group(Netgroup key)
    {
        public readonly Netgroup Key = key;
        public EntryList Waiting;
        public long Next; // For PaceLimit.
        public long WakeAt; // The time at which it is looked at.
    }
}
