namespace Connmgr.Rules;

/// <summary>
/// The choice of the inbound connection that makes room for another: Bitcoin Core's SelectNodeToEvict. Each property that is hard to fake
/// for many connections at once protects some: a netgroup that an attacker cannot predict, a short round trip, useful transactions and
/// blocks, a rare network, a long time. Of the rest, the youngest of the largest netgroup is evicted; in addition to Core's rules,
/// connections that provided nothing go before others. Pure. Core leaves the order of equals to its sort; here the connection with the
/// lower id counts as the better one.
/// </summary>
internal static class Eviction
{
    private const int KeptByNetgroup = 4;
    private const int KeptByRoundTrip = 8;
    private const int KeptByTransactions = 4;
    private const int KeptByBlocksAlone = 8;
    private const int KeptByBlocks = 4;

    /// <summary>Selects one. Time: linear but for one sort; nothing is allocated.</summary>
    /// <param name="candidates">The facts; their order changes.</param>
    /// <returns>The id of the one to evict; null when all are worth keeping. Never one of 20 or fewer.</returns>
    public static long? Select(Span<EvictionCandidate> candidates)
    {
        var left = RemoveExempt(candidates);
        left = Keep(left, KeptByNetgroup, new ByNetgroup());
        left = Keep(left, KeptByRoundTrip, new ByRoundTrip());
        left = Keep(left, KeptByTransactions, new ByTransactions());
        left = KeepBlockOnlyPeers(left);
        left = Keep(left, KeptByBlocks, new ByBlocks());
        left = EvictionRatio.Keep(left);
        left = OnlyIfAny(left, static (in EvictionCandidate candidate) => candidate.PrefersEviction);
        left = OnlyIfAny(left, static (in EvictionCandidate candidate) => candidate.IsIdle);
        return left.IsEmpty ? null : YoungestOfLargestGroup(left);
    }

    private static Span<EvictionCandidate> RemoveExempt(Span<EvictionCandidate> candidates)
    {
        var count = 0;
        foreach (ref var candidate in candidates)
        {
            if (!candidate.IsExempt)
                candidates[count++] = candidate;
        }

        return candidates[..count];
    }

    /// <summary>Removes the best few: those that an order puts last.</summary>
    private static Span<EvictionCandidate> Keep<TOrder>(Span<EvictionCandidate> left, int count, TOrder order)
        where TOrder : struct, IOrder
    {
        for (; count > 0 && !left.IsEmpty; count--)
        {
            MoveBestToEnd(left, order);
            left = left[..^1];
        }

        return left;
    }

    private static void MoveBestToEnd<TOrder>(Span<EvictionCandidate> left, TOrder order)
        where TOrder : struct, IOrder
    {
        var best = 0;
        for (var i = 1; i < left.Length; i++)
        {
            if (order.Compare(left[best], left[i]) < 0)
                best = i;
        }

        (left[best], left[^1]) = (left[^1], left[best]);
    }

    /// <summary>
    /// Keeps, of the eight best sources of blocks that relay no transactions, those that offer all wanted services. The others of the eight
    /// stay in.
    /// </summary>
    private static Span<EvictionCandidate> KeepBlockOnlyPeers(Span<EvictionCandidate> left)
    {
        var rest = Keep(left, KeptByBlocksAlone, new ByBlocksAlone());
        var count = rest.Length;
        for (var i = rest.Length; i < left.Length; i++)
        {
            if (left[i] is { RelaysTransactions: false, OffersWantedServices: true })
                continue;
            left[count++] = left[i];
        }

        return left[..count];
    }

    private static Span<EvictionCandidate> OnlyIfAny(Span<EvictionCandidate> left, Condition condition)
    {
        var count = 0;
        for (var i = 0; i < left.Length; i++)
        {
            if (condition(left[i]))
                (left[count], left[i]) = (left[i], left[count++]);
        }

        return count == 0 ? left : left[..count];
    }

    /// <summary>Gets the youngest of the largest netgroup; of groups of one size, of the one whose youngest is younger.</summary>
    private static long YoungestOfLargestGroup(Span<EvictionCandidate> left)
    {
        left.Sort(static (a, b) =>
            a.KeyedNetgroup != b.KeyedNetgroup ? a.KeyedNetgroup.CompareTo(b.KeyedNetgroup) : CompareAge(a, b));
        var (most, evicted) = (0, 0);
        for (var first = 0; first < left.Length;)
        {
            var end = first + 1;
            while (end < left.Length && left[end].KeyedNetgroup == left[first].KeyedNetgroup)
                end++;
            if (end - first > most || (end - first == most && CompareAge(left[first], left[evicted]) < 0))
                (most, evicted) = (end - first, first);
            first = end;
        }

        return left[evicted].Id;
    }

    /// <summary>Orders by age, the younger one first.</summary>
    public static int CompareAge(in EvictionCandidate a, in EvictionCandidate b) =>
        a.ConnectedAt != b.ConnectedAt ? b.ConnectedAt.CompareTo(a.ConnectedAt) : b.Id.CompareTo(a.Id);

    private delegate bool Condition(in EvictionCandidate candidate);

    /// <summary>An order without copies of what it compares.</summary>
    private interface IOrder
    {
        int Compare(in EvictionCandidate a, in EvictionCandidate b);
    }

    private readonly struct ByNetgroup : IOrder
    {
        public int Compare(in EvictionCandidate a, in EvictionCandidate b) =>
            a.KeyedNetgroup != b.KeyedNetgroup ? a.KeyedNetgroup.CompareTo(b.KeyedNetgroup) : CompareAge(a, b);
    }

    private readonly struct ByRoundTrip : IOrder
    {
        public int Compare(in EvictionCandidate a, in EvictionCandidate b) =>
            a.MinRoundTrip != b.MinRoundTrip ? b.MinRoundTrip.CompareTo(a.MinRoundTrip) : CompareAge(a, b);
    }

    private readonly struct ByTransactions : IOrder
    {
        public int Compare(in EvictionCandidate a, in EvictionCandidate b)
        {
            if (a.LastUsefulTransaction != b.LastUsefulTransaction)
                return a.LastUsefulTransaction.CompareTo(b.LastUsefulTransaction);
            if (a.RelaysTransactions != b.RelaysTransactions)
                return a.RelaysTransactions.CompareTo(b.RelaysTransactions);
            return a.FiltersTransactions != b.FiltersTransactions ? b.FiltersTransactions.CompareTo(a.FiltersTransactions) : CompareAge(a, b);
        }
    }

    private readonly struct ByBlocksAlone : IOrder
    {
        public int Compare(in EvictionCandidate a, in EvictionCandidate b) =>
            a.RelaysTransactions != b.RelaysTransactions ? b.RelaysTransactions.CompareTo(a.RelaysTransactions) : default(ByBlocks).Compare(a, b);
    }

    private readonly struct ByBlocks : IOrder
    {
        public int Compare(in EvictionCandidate a, in EvictionCandidate b)
        {
            if (a.LastUsefulBlock != b.LastUsefulBlock)
                return a.LastUsefulBlock.CompareTo(b.LastUsefulBlock);
            return a.OffersWantedServices != b.OffersWantedServices ? a.OffersWantedServices.CompareTo(b.OffersWantedServices) : CompareAge(a, b);
        }
    }
}
