using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>
/// The uptimes of the nodes that a zone can contain: IPv4 and IPv6, at the default port. Bounded. Not thread-safe.
/// </summary>
/// <param name="defaultPort">The default port of the chain.</param>
internal sealed class NodeScores(int defaultPort)
{
    /// <summary>The most nodes that are remembered: several times those of Bitcoin's network.</summary>
    public const int MaxCount = 100_000;

    /// <summary>The time for which rounds are ignored that reach few nodes of a network. Then these are down, or the network has shrunk.</summary>
    private static readonly TimeSpan MaxOutage = TimeSpan.FromDays(1);

    private readonly Dictionary<NetworkEndPoint, UptimeScore> _scores = [];

    /// <summary>The number of nodes.</summary>
    public int Count => _scores.Count;

    /// <summary>The nodes with their uptimes, in no particular order.</summary>
    public IEnumerable<KeyValuePair<NetworkEndPoint, UptimeScore>> All => _scores;

    /// <summary>Sets the uptime of a node that was read from a file. There is none yet.</summary>
    public void Restore(NetworkEndPoint endPoint, UptimeScore score)
    {
        if (_scores.Count < MaxCount && IsServable(endPoint))
            _scores[endPoint] = score;
    }

    /// <summary>
    /// Adds a sample of each node at the end of a round: those that the last visit reached are up, all other known ones are down. A round that
    /// reached no node of a network, or under a quarter of those that were up before, says nothing about its nodes, and is ignored for it: the
    /// crawler's own connection has failed.
    /// </summary>
    /// <param name="reached">The nodes that the last visit reached.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when a network has such an outage.</returns>
    public bool AddRound(IEnumerable<CrawledNode> reached, DateTimeOffset now)
    {
        var up = reached.Select(static node => node.EndPoint).Where(IsServable).ToHashSet();
        AddressNetwork[] networks = [AddressNetwork.IPv4, AddressNetwork.IPv6];
        var counts = networks.ToDictionary(
            static network => network,
            network => (Up: up.Count(endPoint => endPoint.Address.Network == network), Before: CountUp(network, now - MaxOutage)));
        var usable = networks.Where(network => counts[network] is { Up: > 0 } count && count.Up * 4L >= count.Before).ToHashSet();
        up.RemoveWhere(endPoint => !usable.Contains(endPoint.Address.Network));
        foreach (var (endPoint, score) in _scores.Where(pair => usable.Contains(pair.Key.Address.Network)).ToArray())
        {
            var next = UptimeRules.Add(score, up.Remove(endPoint), now);
            if (UptimeRules.IsForgotten(next))
                _scores.Remove(endPoint);
            else
                _scores[endPoint] = next;
        }

        foreach (var endPoint in up)
            _scores[endPoint] = UptimeRules.Add(null, isUp: true, now);
        Trim();
        return networks.All(network => usable.Contains(network) || counts[network].Before == 0);
    }

    /// <summary>Gets the nodes among those reached that are good.</summary>
    public ImmutableArray<CrawledNode> SelectGood(IEnumerable<CrawledNode> reached) =>
        [.. reached.Where(node => _scores.TryGetValue(node.EndPoint, out var score) && UptimeRules.IsGood(score))];

    private int CountUp(AddressNetwork network, DateTimeOffset since) =>
        _scores.Count(pair => pair.Key.Address.Network == network && pair.Value.IsUp && pair.Value.Last >= since);

    /// <summary>Determines whether a zone can contain an address: DNS has no ports, and addresses of other networks have no records.</summary>
    private bool IsServable(NetworkEndPoint endPoint) =>
        endPoint.Port == defaultPort && endPoint.Address.Network is AddressNetwork.IPv4 or AddressNetwork.IPv6 && endPoint.Address.IsRoutable;

    /// <summary>Removes the nodes beyond the bound: those that are down for longest, then the newest.</summary>
    private void Trim()
    {
        if (_scores.Count <= MaxCount)
            return;
        foreach (var (endPoint, _) in _scores.OrderByDescending(static pair => pair.Value.LastUp).ThenBy(static pair => pair.Value.First).Skip(MaxCount).ToArray())
            _scores.Remove(endPoint);
    }
}
