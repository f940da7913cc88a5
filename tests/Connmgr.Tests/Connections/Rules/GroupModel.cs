using System.Net;
using System.Net.Sockets;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// The groups of a <see cref="RulesWorld"/> as a watcher sees them, who knows only the effects: the automatic connections with their labels, counted again from a plain list
/// each time, and every other assignment that there is.
/// </summary>
internal sealed class GroupModel(RulesOptions options, PairCounter reached)
{
    private readonly Dictionary<Link, string?> _labels = [];

    /// <summary>The reconnects, which keep a place.</summary>
    private readonly HashSet<Link> _reconnects = [];

    /// <summary>The connections that the event closed because a target was lowered, or a group removed.</summary>
    private readonly List<Link> _closedForLimit = [];

    /// <summary>The labels before the event; null while nothing has changed.</summary>
    private Dictionary<Link, string?>? _before;
    private GroupSet _groups = options.Groups;
    private bool _mayExchange;

    public GroupSet Groups => _groups;

    public int Connected => _labels.Count;

    /// <summary>Gets the automatic connections with their groups.</summary>
    public List<(Link Link, string? Group)> Labels() => [.. _labels.Select(static pair => (pair.Key, pair.Value))];

    /// <summary>Begins an event, which may have changed the groups.</summary>
    /// <param name="groups">The groups after it.</param>
    /// <param name="mayExchange">True if connections may exchange their places, because requirements or traits changed: the effects tell of one move after the other.</param>
    public void Begin(GroupSet groups, bool mayExchange)
    {
        (_before, _mayExchange) = (null, mayExchange);
        if (groups == _groups)
            return;
        Touch();
        foreach (var link in _labels.Keys.ToList())
            _labels[link] = groups.IndexOf(_labels[link]) >= 0 ? _labels[link] : null;
        _before = new(_labels);
        _groups = groups;
    }

    public void Dial(Link link)
    {
        if (link.Request is not { Kind: ConnectionKind.Automatic, HoldsSlot: true })
            return;
        Touch();
        _reconnects.Add(link);
        reached.Add(GroupReach.Reconnect, _groups);
    }

    public void Abort(Link link, ConnectFailureCause cause, UInt128 traits)
    {
        if (_reconnects.Remove(link))
            Touch();
        if (cause == ConnectFailureCause.Unsuited)
            Require(!HasPlace(link, traits), "A peer was unsuited for which there was a place.");
    }

    public void Establish(Link link)
    {
        Touch();
        _reconnects.Remove(link);
        Join(link);
        reached.Add(GroupReach.Joined, _groups);
    }

    /// <summary>Takes note that a connection is in another group, or that a trial is in its first.</summary>
    public void Move(Link link, string? from)
    {
        Touch();
        Require(_labels.TryGetValue(link, out var label) && string.Equals(label, from, StringComparison.Ordinal), $"A connection moved from {from}, but was in {label}.");
        Join(link);
        reached.Add(from is null ? GroupReach.MovedFromARemovedGroup : GroupReach.Moved, _groups);
    }

    public void Promote(Link link)
    {
        Touch();
        Require(!_labels.ContainsKey(link), "A trial was promoted that was promoted before.");
        Join(link);
    }

    public void Close(Link link, DisconnectCause cause)
    {
        if (link.Request.Kind != ConnectionKind.Automatic)
            return;
        Touch();
        Require(_labels.Remove(link), "An automatic connection was closed that was in no group.");
        if (cause == DisconnectCause.Unsuited)
            Require(!HasPlace(link, link.Traits), "A connection was closed as unsuited for which there was a place.");
        if (cause == DisconnectCause.LimitLowered)
            _closedForLimit.Add(link);
    }

    /// <summary>Determines whether a connection has a place, in addition to the others or instead of one of them.</summary>
    public bool HasPlace(Link link, UInt128 traits, Link? leaving = null) => CanAlsoHold(link, traits, leaving, GetPlaces());

    /// <summary>
    /// Determines whether a peer may be of use to one of some groups, with the moves of others. It would join another group with a vacant slot rather than pass through it.
    /// </summary>
    public bool IsOfUse(uint lacking, EndPoint address, UInt128? traits)
    {
        for (var group = 0; group < _groups.Count; group++)
        {
            if ((lacking & (1u << group)) == 0)
                continue;
            var isOpen = _groups.All.Select((_, index) => index == group || GetVacant(index) == 0).ToArray();
            int[] places = [.. GetPlaces().Select((count, index) => isOpen[index] ? count : 0)];
            var others = _labels.Where(pair => isOpen[_groups.IndexOf(pair.Value)]).Select(pair => GetFits(pair.Key, pair.Key.Traits));
            if (BestAssignment.CanHoldAll([.. others, GetFits(_groups, _groups.All[group].Profile, address, traits)], places))
                return true;
        }

        return false;
    }

    /// <summary>Gets the groups whose requirements a peer meets, or is assumed to meet.</summary>
    public static uint GetFits(GroupSet groups, string profile, EndPoint? address, UInt128? traits)
    {
        var fits = 0u;
        for (var group = 0; group < groups.Count; group++)
        {
            var wanted = groups.All[group];
            var network = (address as IPEndPoint)?.AddressFamily switch
            {
                AddressFamily.InterNetwork => AddressNetworks.IPv4,
                AddressFamily.InterNetworkV6 => AddressNetworks.IPv6,
                _ => AddressNetworks.None,
            };
            if (string.Equals(wanted.Profile, profile, StringComparison.Ordinal) && (wanted.Networks == AddressNetworks.All || (wanted.Networks & network) != AddressNetworks.None) && (traits is null || (traits & wanted.Traits) == wanted.Traits))
                fits |= 1u << group;
        }

        return fits;
    }

    /// <summary>Checks the groups after an event.</summary>
    public void Check(ConnectionRules rules)
    {
        var slots = rules.Slots;
        for (var group = 0; group < _groups.Count; group++)
        {
            var count = GetCount(group);
            Require(count == slots.Assignment.GetCount(group), $"{count} connections have the label of group {group}, {slots.Assignment.GetCount(group)} are counted.");
            Require(GetHeld(group) == slots.Assignment.GetHeld(group), $"{GetHeld(group)} reconnects keep a place of group {group}, {slots.Assignment.GetHeld(group)} are counted.");
            Require(count + GetHeld(group) <= _groups.All[group].Target, $"Group {group} is above its target.");
        }

        if (_before is not { } before)
            return;
        List<uint> fits = [];
        List<int> origins = [];
        var (counts, moves) = (new int[_groups.Count], 0);
        foreach (var (link, label) in _labels)
        {
            Require(link.Group is { } group && string.Equals(group.Name, label, StringComparison.Ordinal) && ReferenceEquals(group, _groups.All[link.GroupIndex]), $"A connection has the label {link.Group?.Name}, its watcher {label}.");
            fits.Add(GetFits(link, link.Traits));
            Require((fits[^1] & (1u << link.GroupIndex)) != 0, "A connection is in a group whose requirements it does not meet.");
            origins.Add(before.TryGetValue(link, out var origin) ? _groups.IndexOf(origin) : -1);
            counts[link.GroupIndex]++;
            moves += origins[^1] >= 0 && origins[^1] != link.GroupIndex ? 1 : 0;
        }

        var best = BestAssignment.Find(fits, GetPlaces(), origins);
        Require(best.Exists, "The connections have no place together.");
        Require(best.Counts.AsSpan().SequenceEqual(counts), $"The groups have {string.Join(' ', counts)} connections; {string.Join(' ', best.Counts)} would be best.");
        Require(best.Moves == moves, $"{moves} connections moved, {best.Moves} had to.");
        foreach (var link in _closedForLimit)
            Require(!CanAlsoHold(link, link.Traits, leaving: null, GetTargets()), "A connection was closed for a limit, but has a place.");
        _closedForLimit.Clear();
        if (moves > 1)
            reached.Add(GroupReach.MovedInAChain, _groups);
        reached.Add(GroupReach.Compared, _groups);
    }

    private bool CanAlsoHold(Link link, UInt128 traits, Link? leaving, int[] places) =>
        BestAssignment.CanHoldAll([.. _labels.Keys.Where(other => other != leaving && other != link).Select(other => GetFits(other, other.Traits)), GetFits(link, traits)], places);

    private int[] GetTargets() => [.. _groups.All.Select(static group => group.Target)];

    public int GetVacant(int group) => _groups.All[group].Target - GetCount(group) - GetHeld(group);

    private int GetCount(int group) => _labels.Values.Count(label => string.Equals(label, _groups.All[group].Name, StringComparison.Ordinal));

    private int GetHeld(int group) => _reconnects.Count(link => link.GroupIndex == group);

    private int[] GetPlaces() => [.. _groups.All.Select((group, index) => group.Target - GetHeld(index))];

    private uint GetFits(Link link, UInt128 traits) => GetFits(_groups, link.Profile, link.GroupAddress, traits);

    /// <summary>Gives a connection its label. No group may have too many even for the moment between two effects.</summary>
    private void Join(Link link)
    {
        _labels[link] = link.Group?.Name;
        var index = _groups.IndexOf(link.Group?.Name);
        Require(index >= 0, "A connection is in no group.");
        Require(_mayExchange || GetCount(index) <= _groups.All[index].Target, $"Group {index} is above its target while an event is published.");
    }

    private void Touch() => _before ??= new(_labels);

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }
}
