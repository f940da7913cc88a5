using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The connections that are in one group, by the groups whose requirements they meet and by the group that they were in when the event
/// began. All connections of such a class are alike for <see cref="GroupAssignment"/>.
/// </summary>
internal sealed class GroupPlaces(int index)
{
    /// <summary>The number of classes from which on those without connections are forgotten.</summary>
    private const int MostEmpty = 16;

    private readonly Dictionary<(uint Fits, int Origin), LinkList> _classes = [];

    /// <summary>The class of the last connection that was added, which most others have.</summary>
    private (uint Fits, int Origin) _lastClass;
    private LinkList? _last;

    public int Count { get; private set; }

    /// <summary>The places that are kept for connections that reconnect.</summary>
    public int Held { get; set; }

    public IEnumerable<LinkList> Classes => _classes.Values;

    public void Add(Link link)
    {
        var key = (link.Fits, link.Origin);
        if (_last is null || _lastClass != key)
        {
            if (!_classes.TryGetValue(key, out _last))
                _classes.Add(key, _last = new LinkList());
            _lastClass = key;
        }

        _last.Add(link);
        Count++;
    }

    public void Remove(Link link)
    {
        var list = link.List!;
        list.Remove(link);
        Count--;
        if (list.Count > 0 || _classes.Count <= MostEmpty)
            return;
        _classes.Remove((link.Fits, link.Origin));
        if (_last == list)
            _last = null;
    }

    /// <summary>Finds a connection that meets the requirements of another group, so that moving it costs the fewest moves.</summary>
    public Link FindToMove(int to)
    {
        Link? found = null;
        var least = int.MaxValue;
        foreach (var ((fits, origin), links) in _classes)
        {
            if (links.Last is not { } link || (fits & (1u << to)) == 0)
                continue;
            var cost = origin == to ? -1 : origin == index ? 1 : 0;
            if (cost < least)
                (found, least) = (link, cost);
        }

        return found ?? throw new InvalidOperationException(Invariant($"No connection of group {index} fits group {to}."));
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        var count = 0;
        foreach (var (_, links) in _classes)
            count += links.Count;
        Debug.Assert(count == Count, $"{Count} connections are counted in group {index}, {count} are in it.");
    }
}
