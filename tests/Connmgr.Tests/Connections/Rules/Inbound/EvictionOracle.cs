using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// Bitcoin Core's eviction once more, written from its description with lists that are sorted whole at each step: slow, and made in another way than <see cref="Eviction"/>.
/// </summary>
internal static class EvictionOracle
{
    public static long? Select(IEnumerable<EvictionCandidate> candidates)
    {
        var left = candidates.Where(static c => !c.IsExempt).ToList();
        RemoveLast(left, 4, Sorted(left).ThenBy(static c => c.KeyedNetgroup));
        RemoveLast(left, 8, Sorted(left).ThenByDescending(static c => c.MinRoundTrip));
        RemoveLast(left, 4, Sorted(left).ThenBy(static c => c.LastUsefulTransaction).ThenBy(static c => c.RelaysTransactions).ThenByDescending(static c => c.FiltersTransactions));
        RemoveLast(
            left,
            8,
            Sorted(left).ThenByDescending(static c => c.RelaysTransactions).ThenBy(static c => c.LastUsefulBlock).ThenBy(static c => c.OffersWantedServices),
            static c => !c.RelaysTransactions && c.OffersWantedServices);
        RemoveLast(left, 4, Sorted(left).ThenBy(static c => c.LastUsefulBlock).ThenBy(static c => c.OffersWantedServices));
        RemoveByRatio(left);
        if (left.Any(static c => c.PrefersEviction))
            left.RemoveAll(static c => !c.PrefersEviction);
        if (left.Any(static c => c.IsIdle))
            left.RemoveAll(static c => !c.IsIdle);
        return left
            .GroupBy(static c => c.KeyedNetgroup)
            .OrderByDescending(static group => group.Count())
            .ThenByDescending(static group => group.Max(static c => (c.ConnectedAt, c.Id)))
            .FirstOrDefault()?.MaxBy(static c => (c.ConnectedAt, c.Id)).Id;
    }

    private static void RemoveByRatio(List<EvictionCandidate> left)
    {
        var total = left.Count / 2;
        var max = total / 2;
        Func<EvictionCandidate, bool>[] networks =
        [
            static c => c.Network == AddressNetwork.Cjdns, static c => c.Network == AddressNetwork.I2P, static c => c.IsLocal, static c => c.Network == AddressNetwork.TorV3,
        ];
        var counts = networks.Select(network => (Network: network, Count: left.Count(network))).OrderBy(static n => n.Count).ToList();
        var removed = 0;
        while (removed < max)
        {
            var present = counts.Count(static n => n.Count > 0);
            if (present == 0)
                break;
            var each = Math.Max((max - removed) / present, 1);
            var before = removed;
            for (var i = 0; i < counts.Count && removed < max; i++)
            {
                if (counts[i].Count == 0)
                    continue;
                var oldest = left.Where(counts[i].Network).OrderBy(static c => c.ConnectedAt).ThenBy(static c => c.Id).Take(each).ToList();
                left.RemoveAll(oldest.Contains);
                removed += oldest.Count;
                counts[i] = (counts[i].Network, counts[i].Count - oldest.Count);
            }

            if (removed == before)
                break;
        }

        RemoveLast(left, total - removed, Sorted(left));
    }

    private static void RemoveLast(
        List<EvictionCandidate> left, int count, IOrderedEnumerable<EvictionCandidate> order, Func<EvictionCandidate, bool>? which = null)
    {
        List<EvictionCandidate> sorted = [.. order.Reverse()];
        left.Clear();
        left.AddRange(sorted.Where((c, i) => i >= count || (which is not null && !which(c))));
    }

    /// <summary>Orders the youngest first. What is added by ThenBy decides before that does: sorting is stable.</summary>
    private static IOrderedEnumerable<EvictionCandidate> Sorted(List<EvictionCandidate> left) =>
        left.OrderByDescending(static c => c.ConnectedAt).ThenByDescending(static c => c.Id).ToList().OrderBy(static _ => 0);
}
