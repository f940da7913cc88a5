namespace Connmgr;

/// <summary>The choice of addresses to dial and to give to other peers.</summary>
internal sealed partial class BookTables
{
    /// <summary>Chooses an entry to dial. Each table is equally likely; <see cref="BookEntry.GetChance"/> weighs the entries.</summary>
    /// <returns>The entry; null if the tables have none of these networks that offers these services.</returns>
    public BookEntry? Select(AddressNetworks networks, AddressTables tables, ulong services, long now)
    {
        var fromNew = (tables & AddressTables.New) != AddressTables.None && _new.HasAny(networks, services);
        var fromTried = (tables & AddressTables.Tried) != AddressTables.None && _tried.HasAny(networks, services);
        if (!fromNew && !fromTried)
            return null;
        var table = fromTried && (!fromNew || _random.Next(2) == 0) ? _tried : _new;

        // A chance is at least 0.01 x 0.66^8, and 1.2^44 times that is above 1: no more than 45 rounds.
        for (var factor = 1.0; ; factor *= 1.2)
        {
            var entry = table.Pick(networks, services, _random)!;
            if (_random.NextDouble() < factor * entry.GetChance(now))
                return entry;
        }
    }

    /// <summary>Samples random entries, each at most once.</summary>
    /// <param name="max">The maximum number. 0: no limit.</param>
    /// <param name="percent">The maximum in percent of all entries, whatever their network. 0: no limit.</param>
    /// <param name="networks">The allowed networks.</param>
    /// <param name="withTerrible">True to include entries that were not seen for long or failed too often.</param>
    /// <param name="now">The current time.</param>
    /// <param name="take">The list to fill.</param>
    public void Sample(int max, int percent, AddressNetworks networks, bool withTerrible, long now, List<PeerAddress> take)
    {
        var all = _entries.Listed;
        var wanted = percent == 0 ? all.Count : (int)((long)all.Count * percent / 100);
        if (max != 0)
            wanted = Math.Min(wanted, max);

        for (var at = 0; at < all.Count && take.Count < wanted; at++)
        {
            _entries.Swap(at, _random.Next(at, all.Count));
            var entry = all[at];
            if (networks.Has(entry.Network) && (withTerrible || !entry.IsTerrible(now)))
                take.Add(new PeerAddress(entry.EndPoint, entry.Services, DateTimeOffset.FromUnixTimeSeconds(entry.Seen)));
        }
    }

    public void ResolveCollisions(long now) => _collisions.Resolve(this, now);

    /// <summary>Selects the entry to test: one in tried whose place another entry claims. Null if none is waiting.</summary>
    public BookEntry? SelectTriedCollision() => _collisions.PickOccupant(this, _random);

    internal BookEntry? OccupantOfTried(BookEntry claimant) => _tried[_placement.GetTriedPlace(claimant.EndPoint, claimant.Group)];
}
