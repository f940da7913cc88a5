namespace Connmgr;

/// <summary>Choosing addresses to dial, and addresses to tell others of.</summary>
internal sealed partial class BookTables
{
    /// <summary>An entry to dial: either table as likely as the other, and an entry by its chance.</summary>
    /// <returns>The entry; null when the tables have none of these networks that offers these services.</returns>
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
            if (_random.NextDouble() < factor * entry.Chance(now))
                return entry;
        }
    }

    /// <summary>Entries at random, each at most once.</summary>
    /// <param name="max">The most to give. 0: no limit.</param>
    /// <param name="percent">The most to give in percent of all there are, of any network. 0: no limit.</param>
    /// <param name="networks">The networks they may be of.</param>
    /// <param name="withTerrible">Whether to give those too that are long unseen or failed too often.</param>
    /// <param name="now">The present time.</param>
    /// <param name="take">Where they go.</param>
    public void Sample(int max, int percent, AddressNetworks networks, bool withTerrible, long now, List<PeerAddress> take)
    {
        var wanted = percent == 0 ? _all.Count : (int)((long)_all.Count * percent / 100);
        if (max != 0)
            wanted = Math.Min(wanted, max);

        for (var at = 0; at < _all.Count && take.Count < wanted; at++)
        {
            Swap(at, _random.Next(at, _all.Count));
            var entry = _all[at];
            if (networks.Has(entry.Network) && (withTerrible || !entry.IsTerrible(now)))
                take.Add(new PeerAddress(entry.EndPoint, entry.Services, DateTimeOffset.FromUnixTimeSeconds(entry.Seen)));
        }
    }

    public void ResolveCollisions(long now) => _collisions.Resolve(this, now);

    /// <summary>The entry in tried whose place another one claims: to be tested by connecting to it. Null when none is waiting.</summary>
    public BookEntry? SelectTriedCollision() => _collisions.PickOccupant(this, _random);

    internal BookEntry? OccupantOfTried(BookEntry claimant) => _tried[_placement.TriedPlace(claimant.EndPoint, claimant.Group)];
}
