namespace Connmgr.Rules;

/// <summary>
/// The step of <see cref="Eviction"/> that keeps half of what is left: up to a quarter from networks that the other criteria put at a
/// disadvantage (Tor and I2P are slow, and share one netgroup), shared out among these, the smaller first; the rest those connected the
/// longest.
/// </summary>
internal static class EvictionRatio
{
    private const int Kinds = 4;

    /// <summary>Removes the candidates that are kept.</summary>
    /// <returns>The others, the youngest first.</returns>
    public static Span<EvictionCandidate> Keep(Span<EvictionCandidate> left)
    {
        left.Sort(static (a, b) => Eviction.CompareAge(a, b));
        var kept = left.Length / 2;
        var rest = KeepOfRareNetworks(left, kept / 2);
        return rest[..(left.Length - kept)];
    }

    private static Span<EvictionCandidate> KeepOfRareNetworks(Span<EvictionCandidate> left, int max)
    {
        Span<(int Kind, int Count)> kinds = stackalloc (int, int)[Kinds];
        CountKinds(left, kinds);
        var kept = 0;
        while (kept < max && CountPresent(kinds) is > 0 and var present)
        {
            var each = Math.Max((max - kept) / present, 1);
            var before = kept;
            foreach (ref var kind in kinds)
            {
                if (kind.Count == 0)
                    continue;
                var rest = KeepOldest(left, kind.Kind, each);
                kept += left.Length - rest.Length;
                kind.Count -= left.Length - rest.Length;
                left = rest;
                if (kept >= max)
                    break;
            }

            if (kept == before)
                break; // The counted ones were already kept as another kind: an onion peer is also local.
        }

        return left;
    }

    /// <summary>Counts each kind, the rarest first; those of equal count in the order of <see cref="Is"/>.</summary>
    private static void CountKinds(ReadOnlySpan<EvictionCandidate> left, Span<(int Kind, int Count)> kinds)
    {
        for (var kind = 0; kind < Kinds; kind++)
        {
            var count = 0;
            foreach (ref readonly var candidate in left)
                count += Is(candidate, kind) ? 1 : 0;
            kinds[kind] = (kind, count);
        }

        kinds.Sort(static (a, b) => a.Count != b.Count ? a.Count.CompareTo(b.Count) : a.Kind.CompareTo(b.Kind));
    }

    private static int CountPresent(ReadOnlySpan<(int Kind, int Count)> kinds)
    {
        var present = 0;
        foreach (var (_, count) in kinds)
            present += count > 0 ? 1 : 0;
        return present;
    }

    /// <summary>Removes the <paramref name="count"/> longest connected ones of a kind, which are last. The order of the others stays.</summary>
    private static Span<EvictionCandidate> KeepOldest(Span<EvictionCandidate> left, int kind, int count)
    {
        var end = left.Length;
        for (var i = left.Length - 1; i >= 0; i--)
        {
            if (count > 0 && Is(left[i], kind))
                count--;
            else
                left[--end] = left[i];
        }

        return left[end..];
    }

    private static bool Is(in EvictionCandidate candidate, int kind) => kind switch
    {
        0 => candidate.Network == AddressNetwork.Cjdns,
        1 => candidate.Network == AddressNetwork.I2P,
        2 => candidate.IsLocal,
        _ => candidate.Network == AddressNetwork.TorV3,
    };
}
