using System.Diagnostics.CodeAnalysis;

namespace Connmgr;

/// <summary>
/// The bans, at most one per target, with a look-up by address. Uses no clock and no lock. A look-up probes a hash table once for each prefix
/// length in use, and allocates nothing.
/// </summary>
internal sealed class BanTable
{
    private readonly Dictionary<BanTarget, Ban> _bans = [];
    private readonly PrefixLengths _ipv4 = new(NetworkSubnet.IPv4Bits);
    private readonly PrefixLengths _ipv6 = new(NetworkSubnet.IPv6Bits);

    // Ordered by end. Contains an entry for each ban, and stale ones for bans that were removed or extended.
    private readonly PriorityQueue<BanTarget, DateTimeOffset> _ends = new();

    private BanFilter _filter = new(0);

    public int Count => _bans.Count;

    /// <summary>The number of bans for misbehaviour.</summary>
    public int ByMisbehavior { get; private set; }

    /// <summary>True when autonomous systems are banned.</summary>
    public bool HasAutonomousSystems => AutonomousSystems > 0;

    /// <summary>The number of entries in the queue of ends. For tests.</summary>
    internal int QueueLength => _ends.Count;

    private int AutonomousSystems { get; set; }

    public bool TryGet(in BanTarget target, [NotNullWhen(true)] out Ban? ban) => _bans.TryGetValue(target, out ban);

    /// <summary>Finds the ban of the smallest subnet around an address that is in force at a time.</summary>
    public Ban? Find(in NetworkAddress address, DateTimeOffset now)
    {
        if (address.Network is AddressNetwork.TorV3 or AddressNetwork.I2P)
            return FindInForce(new(address), now);
        var lengths = address.Network switch
        {
            AddressNetwork.IPv4 => _ipv4.InUse,
            AddressNetwork.IPv6 or AddressNetwork.Cjdns when address != default => _ipv6.InUse,
            _ => [],
        };
        var plain = address.FromCjdns();
        foreach (var length in lengths)
        {
            if (NetworkSubnet.TryCreate(plain, length, out var subnet) && FindInForce(new(subnet), now) is { } ban)
                return ban;
        }

        return null;
    }

    /// <summary>Finds the ban of a target that is in force at a time.</summary>
    public Ban? FindInForce(in BanTarget target, DateTimeOffset now) =>
        _filter.MayContain(target.GetHashCode()) && _bans.TryGetValue(target, out var ban) && ban.Until > now ? ban : null;

    /// <summary>Adds a ban, or replaces the ban of the same target.</summary>
    public void Put(Ban ban)
    {
        Remove(ban.Target);
        _bans.Add(ban.Target, ban);
        Tally(ban, 1);
        if (!_filter.TryAdd(ban.Target.GetHashCode()))
            RebuildFilter();
        _ends.Enqueue(ban.Target, ban.Until);
        if (_ends.Count > (2 * _bans.Count) + 64)
            RebuildQueue();
    }

    public Ban? Remove(in BanTarget target)
    {
        if (!_bans.Remove(target, out var ban))
            return null;
        Tally(ban, -1);
        return ban;
    }

    /// <summary>Removes the bans that are no longer in force.</summary>
    /// <returns>The removed bans; null if there are none.</returns>
    public List<Ban>? Sweep(DateTimeOffset now)
    {
        List<Ban>? swept = null;
        while (_ends.TryPeek(out var target, out var end) && end <= now)
        {
            _ends.Dequeue();
            if (_bans.TryGetValue(target, out var ban) && ban.Until <= now)
                (swept ??= []).Add(Remove(target)!);
        }

        return swept;
    }

    public Ban[] ToArray() => [.. _bans.Values];

    private void RebuildFilter()
    {
        _filter = new BanFilter(_bans.Count);
        foreach (var target in _bans.Keys)
            _filter.TryAdd(target.GetHashCode());
    }

    private void RebuildQueue()
    {
        _ends.Clear();
        _ends.EnqueueRange(_bans.Values.Select(static ban => (ban.Target, ban.Until)));
    }

    private void Tally(Ban ban, int change)
    {
        if (ban.Cause == BanCause.Misbehavior)
            ByMisbehavior += change;
        if (ban.Target.AutonomousSystem != 0)
            AutonomousSystems += change;
        var lengths = ban.Target.Subnet.Address.Network switch
        {
            _ when ban.Target.Subnet == default => null,
            AddressNetwork.IPv4 => _ipv4,
            AddressNetwork.IPv6 => _ipv6,
            _ => null,
        };
        if (change > 0)
            lengths?.Add(ban.Target.Subnet.PrefixLength);
        else
            lengths?.Remove(ban.Target.Subnet.PrefixLength);
    }
}
