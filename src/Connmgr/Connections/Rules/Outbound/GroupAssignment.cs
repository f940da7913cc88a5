using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The assignment of the automatic connections to groups. After each event it is a maximum matching, earlier groups are preferred (the
/// numbers of connections, in the order of the groups, are the largest in lexicographic order), and as few connections as possible have
/// moved. Each step moves connections along a shortest path from group to group, found from counts of connections that are alike, so its
/// cost does not depend on the number of connections. With one group it only counts. Design C-24.
/// </summary>
internal sealed class GroupAssignment
{
    private const int None = -1;
    private const int Unreachable = int.MaxValue / 2;

    /// <summary>The connections that are in another group than at the start of the event. An entry is null once its connection left, or moved on.</summary>
    private readonly List<Link?> _moved = [];

    private volatile GroupSet _groups;
    private GroupPlaces[] _places;

    /// <summary>
    /// For each pair of groups, the connections in the first that meet the requirements of the second, by the moves that it costs to move
    /// one: those that return to where they were at the start of the event, those that are moved again, those that are moved first. Empty
    /// with one group.
    /// </summary>
    private int[] _returning = [];
    private int[] _movedAgain = [];
    private int[] _movedFirst = [];

    /// <summary>True when a place may have become vacant since the last <see cref="Settle"/>.</summary>
    private bool _hasNewVacancy;

    public GroupAssignment(GroupSet groups)
    {
        _groups = groups;
        _places = [];
        Reset(groups);
    }

    /// <summary>The groups. May be read from any thread.</summary>
    public GroupSet Groups => _groups;

    /// <summary>The connections in all groups.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The connections that moved in this event, or joined; see <see cref="Link.Origin"/>. Entries that are null do not count. Valid until
    /// <see cref="Commit"/>.
    /// </summary>
    public IReadOnlyList<Link?> Moved => _moved;

    public int GetCount(int group) => _places[group].Count;

    public int GetHeld(int group) => _places[group].Held;

    /// <summary>Gets the places of a group that are neither taken nor held.</summary>
    public int GetVacant(int group) => _groups.All[group].Target - _places[group].Held - _places[group].Count;

    /// <summary>Keeps a place of a group, which must be vacant, for a connection that reconnects.</summary>
    public void Hold(int group) => _places[group].Held++;

    /// <summary>Makes a place vacant that was held.</summary>
    public void Release(int group)
    {
        _places[group].Held--;
        _hasNewVacancy = true;
    }

    /// <summary>Adds a connection to the earliest group that a path leads to, if there is one.</summary>
    /// <param name="link">The connection, whose <see cref="Link.Fits"/> are known.</param>
    /// <returns>False when there is no place for it: it was not added.</returns>
    public bool TryAdd(Link link)
    {
        link.Origin = _places.Length == 1 ? 0 : None; // With one group nothing moves, so nothing is remembered.
        return TryPlace(link);
    }

    /// <summary>Adds a connection in the place of another one, which is taken out.</summary>
    /// <returns>False when there is no place for it even then: nothing has changed.</returns>
    public bool TryReplace(Link replaced, Link added)
    {
        var group = replaced.GroupIndex;
        Remove(replaced);
        if (TryAdd(added))
            return true;
        Place(replaced, group);
        return false;
    }

    /// <summary>Takes a connection out.</summary>
    public void Remove(Link link)
    {
        TakeOut(link);
        ForgetMove(link);
        (link.GroupIndex, link.Group) = (None, null);
        _hasNewVacancy = true;
    }

    /// <summary>Assigns a connection, which meets other requirements now.</summary>
    /// <returns>False when there is no place for it any more: it was taken out.</returns>
    public bool TryChange(Link link, uint fits)
    {
        if (link.Fits == fits)
            return true;
        Remove(link);
        link.Fits = fits;
        return TryPlace(link);
    }

    /// <summary>
    /// Puts other groups in the place of the current ones. A connection stays in the group with the same name, if it can. Of those that are
    /// in a group that has too many now, or that they cannot stay in, the youngest that fit nowhere else are taken out. No place is held
    /// afterwards.
    /// </summary>
    /// <returns>The connections that were taken out.</returns>
    public IReadOnlyList<Link> Change(GroupSet groups, Func<Link, uint> getFits)
    {
        var links = _places.SelectMany(static places => places.Classes).SelectMany(static links => links.All()).ToList();
        var tooMany = new bool[groups.Count];
        var counts = new int[groups.Count];
        foreach (var link in links)
        {
            TakeOut(link);
            link.Fits = getFits(link);
            link.Origin = groups.IndexOf(link.Group!.Name);
            if (link.Origin != None)
                tooMany[link.Origin] = ++counts[link.Origin] > groups.All[link.Origin].Target;
        }

        ForgetMoves();
        Reset(groups);
        var ended = new List<Link>();
        foreach (var link in links.OrderBy(IsDisplaced).ThenBy(static link => link.EstablishedAt).ThenBy(static link => link.Request.Id))
        {
            (link.GroupIndex, link.Group) = (None, null);
            if (!TryPlace(link))
                ended.Add(link);
        }

        return ended;

        bool IsDisplaced(Link link) => link.Origin == None || tooMany[link.Origin] || (link.Fits & (1u << link.Origin)) == 0;
    }

    /// <summary>Moves connections to earlier groups that have become vacant. Called once everything that an event ends has left.</summary>
    public void Settle()
    {
        if (!_hasNewVacancy)
            return;
        _hasNewVacancy = false;
        for (var group = 0; group < _places.Length - 1; group++)
        {
            while (GetVacant(group) > 0 && TryFill(group))
            {
            }
        }
    }

    /// <summary>Ends the event: connections are now where they belong.</summary>
    public void Commit()
    {
        foreach (var link in _moved)
        {
            if (link is null)
                continue;
            TakeOut(link);
            link.Origin = link.GroupIndex;
            Put(link);
        }

        ForgetMoves();
    }

    /// <summary>
    /// Finds the groups that a connection may join to fill, in the end, one of some vacant groups: those, and full ones whose connections
    /// can move on to them.
    /// </summary>
    public uint FindEntrances(uint vacant)
    {
        var count = _places.Length;
        if (count == 1)
            return vacant;
        for (var found = vacant; ;)
        {
            var before = found;
            for (var from = 0; from < count; from++)
            {
                for (var to = 0; to < count && (found & (1u << from)) == 0 && GetVacant(from) <= 0; to++)
                {
                    if ((found & (1u << to)) != 0 && GetCost(from, to) < Unreachable)
                        found |= 1u << from;
                }
            }

            if (found == before)
                return found;
        }
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        Debug.Assert(_moved.Count == 0, $"{_moved.Count} connections have moved, which was not published.");
        var count = 0;
        for (var group = 0; group < _places.Length; group++)
        {
            count += _places[group].Count;
            Debug.Assert(GetVacant(group) >= 0, $"{_places[group].Count} connections and {_places[group].Held} reconnects in group {group}.");
            _places[group].AssertConsistent();
        }

        Debug.Assert(count == Count, $"{Count} connections are counted, {count} are in groups.");
    }

    private void Reset(GroupSet groups)
    {
        _groups = groups;
        _places = new GroupPlaces[groups.Count];
        for (var i = 0; i < _places.Length; i++)
            _places[i] = new GroupPlaces(i);
        var pairs = groups.Count == 1 ? 0 : groups.Count * groups.Count;
        (_returning, _movedAgain, _movedFirst) = (new int[pairs], new int[pairs], new int[pairs]);
        Count = 0;
    }

    /// <summary>Places a connection in the earliest vacant group that a path leads to.</summary>
    private bool TryPlace(Link link)
    {
        var count = _places.Length;
        if (count == 1)
        {
            if ((link.Fits & 1) == 0 || GetVacant(0) <= 0)
                return false;
            Place(link, 0);
            return true;
        }

        Span<int> costs = stackalloc int[count];
        Span<int> previous = stackalloc int[count];
        for (var group = 0; group < count; group++)
            (costs[group], previous[group]) = ((link.Fits & (1u << group)) == 0 ? Unreachable : link.Origin == None || link.Origin == group ? 0 : 1, None);
        for (var isChanged = true; isChanged;)
        {
            isChanged = false;
            for (var from = 0; from < count; from++)
            {
                for (var to = 0; to < count && costs[from] < Unreachable; to++)
                {
                    if (to == from || GetCost(from, to) is not (< Unreachable and var cost) || costs[from] + cost >= costs[to])
                        continue;
                    (costs[to], previous[to], isChanged) = (costs[from] + cost, from, true);
                }
            }
        }

        for (var group = 0; group < count; group++)
        {
            if (costs[group] >= Unreachable || GetVacant(group) <= 0)
                continue;
            var to = group;
            for (; previous[to] != None; to = previous[to])
                Move(previous[to], to);
            Place(link, to);
            return true;
        }

        return false;
    }

    /// <summary>Fills a vacant place of a group from the latest of the later groups that a path leads from.</summary>
    private bool TryFill(int vacant)
    {
        var count = _places.Length;
        Span<int> costs = stackalloc int[count];
        Span<int> next = stackalloc int[count];
        costs.Fill(Unreachable);
        costs[vacant] = 0;
        for (var isChanged = true; isChanged;)
        {
            isChanged = false;
            for (var to = 0; to < count; to++)
            {
                for (var from = 0; from < count && costs[to] < Unreachable; from++)
                {
                    if (from == to || from == vacant || GetCost(from, to) is not (< Unreachable and var cost) || costs[to] + cost >= costs[from])
                        continue;
                    (costs[from], next[from], isChanged) = (costs[to] + cost, to, true);
                }
            }
        }

        var last = count - 1;
        while (last > vacant && costs[last] >= Unreachable)
            last--;
        if (last == vacant)
            return false;
        Span<int> path = stackalloc int[count];
        var length = 0;
        for (var group = last; group != vacant; group = next[group])
            path[length++] = group;
        for (var to = vacant; length > 0;)
        {
            var from = path[--length];
            Move(from, to); // From the vacant end, so that no group has too many in between.
            to = from;
        }

        return true;
    }

    /// <summary>Gets the number of moves that moving a connection from one group to another adds.</summary>
    private int GetCost(int from, int to)
    {
        var pair = (from * _places.Length) + to;
        return _returning[pair] > 0 ? -1 : _movedAgain[pair] > 0 ? 0 : _movedFirst[pair] > 0 ? 1 : Unreachable;
    }

    private void Move(int from, int to)
    {
        var link = _places[from].FindToMove(to);
        TakeOut(link);
        ForgetMove(link);
        Place(link, to);
    }

    private void Place(Link link, int group)
    {
        Debug.Assert(GetVacant(group) > 0, $"Group {group} has no place for the connection of request {link.Request.Id}.");
        (link.GroupIndex, link.Group) = (group, _groups.All[group]);
        if (link.Origin != group)
        {
            link.MoveIndex = _moved.Count;
            _moved.Add(link);
        }

        Put(link);
    }

    private void ForgetMove(Link link)
    {
        if (link.MoveIndex == None)
            return;
        _moved[link.MoveIndex] = null; // Not removed: a change of groups may move every connection several times.
        link.MoveIndex = None;
    }

    private void ForgetMoves()
    {
        foreach (var link in _moved)
        {
            if (link is not null)
                link.MoveIndex = None;
        }

        _moved.Clear();
    }

    private void Put(Link link)
    {
        _places[link.GroupIndex].Add(link);
        Count++;
        CountPairs(link, 1);
    }

    private void TakeOut(Link link)
    {
        _places[link.GroupIndex].Remove(link);
        Count--;
        CountPairs(link, -1);
    }

    private void CountPairs(Link link, int one)
    {
        var count = _places.Length;
        if (count == 1)
            return;
        var from = link.GroupIndex;
        for (var to = 0; to < count; to++)
        {
            if (to == from || (link.Fits & (1u << to)) == 0)
                continue;
            (link.Origin == to ? _returning : link.Origin == from ? _movedFirst : _movedAgain)[(from * count) + to] += one;
        }
    }
}
