using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// The automatic slots of all groups, with the connections and attempts that fill them. A vacant slot has one young attempt, or more if
/// most addresses are dead. An attempt without an answer within the hedge delay is aged, and another may start in addition to it. An
/// attempt is meant for one group, but its connection goes where <see cref="GroupAssignment"/> puts it.
/// </summary>
internal sealed class DialSlots(GroupSet groups, int maxHedged)
{
    /// <summary>Running dials and handshakes that hold no slot. The youngest are given up when all slots that they may fill are filled.</summary>
    private readonly LinkList _attempts = new();

    /// <summary>Dials and handshakes of a triggered reconnect, which hold the slot of the connection before.</summary>
    private readonly LinkList _reconnecting = new();

    private readonly DialWidth _width = new();

    /// <summary>The links in <see cref="_attempts"/> by the group that they are meant for.</summary>
    private Aim[] _aims = new Aim[groups.Count];

    /// <summary>The established automatic connections, by group.</summary>
    public GroupAssignment Assignment { get; } = new(groups);

    public GroupSet Groups => Assignment.Groups;

    /// <summary>The number of automatic connections that are wanted, in all groups.</summary>
    public int Target => Groups.Target;

    /// <summary>The most attempts beyond one for each vacant slot. Set again when the file descriptors are counted.</summary>
    public int MaxHedged { get; set; } = maxHedged;

    /// <summary>
    /// Automatic attempts that were given up and whose dial or handshake has not returned: links with <see cref="Link.IsAbandoned"/>, which
    /// are in no list.
    /// </summary>
    public int Abandoned { get; private set; }

    /// <summary>Established automatic connections.</summary>
    public int Connections => Assignment.Count;

    /// <summary>Automatic links of all phases but the last.</summary>
    public int Links => Connections + _reconnecting.Count + _attempts.Count;

    /// <summary>Slots without a connection and without a reconnect.</summary>
    public int Vacant => Target - Connections - _reconnecting.Count;

    /// <summary>The youngest reconnect.</summary>
    public Link? YoungestReconnect => _reconnecting.Last;

    /// <summary>Gets the number of attempts that are meant for a group.</summary>
    public int GetAttempts(int group) => _aims[group].Count;

    /// <summary>
    /// Finds the groups with a vacant slot that has no young attempt, one bit each. The first dial of a slot is always wanted; further ones
    /// only while the attempts in addition to one per slot of their group, including given-up ones that are still running, are within
    /// <see cref="MaxHedged"/> for all groups together.
    /// </summary>
    public uint FindLacking()
    {
        var hedged = (long)Abandoned;
        for (var group = 0; group < _aims.Length; group++)
            hedged += Math.Max(0, _aims[group].Count - Assignment.GetVacant(group));
        var lacking = 0u;
        for (var group = 0; group < _aims.Length; group++)
        {
            var (aim, vacant) = (_aims[group], Assignment.GetVacant(group));
            if (aim.Count - aim.Aged < (long)vacant * _width.Value && (aim.Count < vacant || hedged < MaxHedged))
                lacking |= 1u << group;
        }

        return lacking;
    }

    /// <summary>
    /// Finds the youngest attempt that is not needed, because no slot that it may fill is vacant. An attempt that may fill one of another
    /// group is meant for that from now on.
    /// </summary>
    public Link? FindSurplus()
    {
        for (var group = 0; group < _aims.Length; group++)
        {
            if (_aims[group].Count == 0 || Assignment.GetVacant(group) > 0)
                continue;
            var link = _attempts.Last;
            for (Link? previous; link is not null; link = previous)
            {
                previous = link.Previous;
                if (link.GroupIndex != group)
                    continue;
                if (FindVacant(link.Fits) is not (>= 0 and var other))
                    return link;
                CountAim(link, -1);
                link.GroupIndex = other;
                CountAim(link, 1);
            }
        }

        return null;
    }

    /// <summary>Adds a link whose dial begins.</summary>
    public void Add(Link link)
    {
        if (link.Request.HoldsSlot)
        {
            Assignment.Hold(link.GroupIndex);
            _reconnecting.Add(link);
        }
        else
        {
            _attempts.Add(link);
            CountAim(link, 1);
        }
    }

    /// <summary>Turns a link, whose attempt succeeded, into a connection of a group.</summary>
    /// <returns>False when there is no vacant slot that it may fill: it is still an attempt.</returns>
    public bool TryEstablish(Link link)
    {
        var (list, group) = (link.List!, link.GroupIndex);
        Remove(link);
        if (Assignment.TryAdd(link))
        {
            Assignment.Settle(); // The place that a reconnect held may be another one's now. The connection is reported once it is where it stays.
            _width.Answered();
            return true;
        }

        link.GroupIndex = group;
        list.Add(link);
        if (list == _attempts)
            CountAim(link, 1);
        else
            Assignment.Hold(group);
        return false;
    }

    /// <summary>Takes a link out.</summary>
    public void Remove(Link link)
    {
        if (link.Phase == LinkPhase.Established)
        {
            if (link.GroupIndex >= 0)
                Assignment.Remove(link);
            return;
        }

        if (link.GroupIndex >= 0 && link.List == _reconnecting)
            Assignment.Release(link.GroupIndex);
        else if (link.GroupIndex >= 0)
            CountAim(link, -1);
        link.List!.Remove(link);
        link.IsAged = false;
    }

    /// <summary>
    /// Puts other groups in the place of the current ones. A reconnect keeps its place if its group has one left for it. An attempt is meant
    /// for the group with the same name, or for another one that it may fill.
    /// </summary>
    /// <returns>The connections, reconnects and attempts that have no place any more. All but the connections are still in their lists.</returns>
    public IReadOnlyList<Link> Change(GroupSet newGroups)
    {
        var old = Groups;
        List<Link> reconnecting = [.. _reconnecting.All()];
        List<Link> attempts = [.. _attempts.All()];
        List<Link> ended = [.. Assignment.Change(newGroups, GetFits)];
        foreach (var link in reconnecting.Concat(attempts))
        {
            link.Fits = GetFits(link);
            link.GroupIndex = newGroups.IndexOf(old.All[link.GroupIndex].Name);
        }

        _aims = new Aim[newGroups.Count];
        foreach (var link in reconnecting)
        {
            if (link.GroupIndex >= 0 && (link.Fits & (1u << link.GroupIndex)) != 0 && Assignment.GetVacant(link.GroupIndex) > 0)
                Assignment.Hold(link.GroupIndex);
            else
            {
                ended.Add(link);
                link.GroupIndex = -1;
            }
        }

        foreach (var link in attempts)
        {
            if (link.GroupIndex < 0 || (link.Fits & (1u << link.GroupIndex)) == 0)
                link.GroupIndex = FindVacant(link.Fits);
            if (link.GroupIndex >= 0)
                CountAim(link, 1);
            else
                ended.Add(link);
        }

        return ended;

        uint GetFits(Link link) => newGroups.FindFits(link.Profile, link.GroupAddress, link.KnowsTraits ? link.Traits : null);
    }

    /// <summary>
    /// Notes that an attempt was given up, whose dial or handshake may still run. Until it returns it counts as hedged. Design C-13.
    /// </summary>
    public void Abandon(Link link)
    {
        if (!link.IsRunning)
            return;
        link.IsAbandoned = true;
        Abandoned++;
    }

    /// <summary>Notes that the dial or handshake of an attempt that was given up has returned.</summary>
    public void Release(Link link)
    {
        link.IsAbandoned = false;
        Abandoned--;
    }

    /// <summary>Gets the next moment at which something about a link changes: it ages, is silent, or must be done.</summary>
    public TimeSpan GetNextMoment(Link link)
    {
        var at = link switch
        {
            _ when link.List != _attempts => link.Deadline,
            { IsAged: false } => link.AgesAt,
            { IsSilent: false } => link.SilentAt,
            _ => link.Deadline,
        };
        return at < link.Deadline ? at : link.Deadline;
    }

    /// <summary>Notes that an attempt has reached the moment at which it ages, or is silent.</summary>
    public void Age(Link link)
    {
        if (link.IsAged)
            NoteSilence(link);
        else
        {
            link.IsAged = true;
            _aims[link.GroupIndex].Aged++;
        }
    }

    /// <summary>Notes that an attempt got no answer at all.</summary>
    public void NoteTimeout(Link link)
    {
        if (link.List == _attempts)
            NoteSilence(link);
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        Assignment.AssertConsistent();
        Debug.Assert(Vacant >= 0, $"{Connections} connections and {_reconnecting.Count} reconnects for {Target} slots.");
        Debug.Assert(Abandoned >= 0, $"{Abandoned} abandoned attempts.");
        var (attempts, aged, held) = (0, 0, 0);
        for (var group = 0; group < _aims.Length; group++)
        {
            attempts += _aims[group].Count;
            aged += _aims[group].Aged;
            held += Assignment.GetHeld(group);
            Debug.Assert(_aims[group].Aged >= 0 && _aims[group].Aged <= _aims[group].Count, $"{_aims[group].Aged} of {_aims[group].Count} attempts of group {group} are aged.");
            Debug.Assert(Assignment.GetVacant(group) > 0 || _aims[group].Count == 0, $"{_aims[group].Count} attempts, and no vacant slot in group {group}.");
        }

        Debug.Assert(attempts == _attempts.Count, $"{attempts} attempts are meant for groups, of {_attempts.Count}.");
        Debug.Assert(held == _reconnecting.Count, $"{held} places are held for {_reconnecting.Count} reconnects.");
        if (_attempts.Count > LinkList.MostWalkedByAsserts)
            return;
        Debug.Assert(_attempts.CountWhere(static link => link.IsAged) == aged, $"{aged} attempts are counted as aged, {_attempts.CountWhere(static link => link.IsAged)} are.");
        Debug.Assert(
            _attempts.CountWhere(static link => link.Phase is LinkPhase.Dialing or LinkPhase.Handshaking) == _attempts.Count,
            "An attempt is neither a dial nor a handshake.");
    }

    /// <summary>Finds the first group with a vacant slot that a link may fill; -1 if there is none.</summary>
    private int FindVacant(uint fits)
    {
        for (var group = 0; group < _aims.Length; group++)
        {
            if (Assignment.GetVacant(group) > 0 && (fits & Assignment.FindEntrances(1u << group)) != 0)
                return group;
        }

        return -1;
    }

    private void CountAim(Link link, int one)
    {
        ref var aim = ref _aims[link.GroupIndex];
        aim.Count += one;
        aim.Aged += link.IsAged ? one : 0;
    }

    private void NoteSilence(Link link)
    {
        if (!link.IsSilent)
            _width.Silent();
        link.IsSilent = true;
    }

    /// <summary>The attempts that are meant for one group.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Aim
    {
        /// <summary>All of them.</summary>
        public int Count;

        /// <summary>Those with <see cref="Link.IsAged"/>.</summary>
        public int Aged;
    }
}
