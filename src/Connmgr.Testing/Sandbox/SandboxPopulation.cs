using System.Net;

namespace Connmgr.Testing;

/// <summary>Creates the hosts of a sandbox from its seed. The shares are exact, except for rounding.</summary>
internal static class SandboxPopulation
{
    /// <summary>The share of addresses in another group than those before them. The rest share groups, some of which become large.</summary>
    private const double NewGroupShare = 0.7;

    /// <summary>The first 12 bits of the prefixes that the five regional registries allocate.</summary>
    private static readonly ushort[] IPv6Prefixes = [0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00];

    public static SandboxHost[] Create(SandboxNetworkOptions options)
    {
        var random = new Random(options.Seed);
        var kinds = Kinds(options);
        random.Shuffle(kinds);
        var hosts = new SandboxHost[options.Peers];
        var taken = new HashSet<IPAddress>(options.Peers);
        var count6 = (int)Math.Round(options.Peers * options.IPv6Share);
        for (var i = 0; i < hosts.Length; i++)
        {
            IPAddress address;
            do
            {
                address = i < count6
                    ? Draw(random, hosts.AsSpan(0, i), isIPv6: true)
                    : Draw(random, hosts.AsSpan(count6, i - count6), isIPv6: false);
            }
            while (!taken.Add(address));
            hosts[i] = new(new IPEndPoint(address, SandboxNetwork.Chain.DefaultPort), kinds[i]);
        }

        random.Shuffle(hosts);
        return hosts;
    }

    private static SandboxHostKind[] Kinds(SandboxNetworkOptions options)
    {
        var dead = options.DeadShare;
        var alive = 1 - dead;
        var hostile = alive * options.HostileShare / 5;
        (SandboxHostKind Kind, double Share)[] shares =
        [
            (SandboxHostKind.Swallowing, 0.6 * dead),
            (SandboxHostKind.Refusing, 0.25 * dead),
            (SandboxHostKind.Unreachable, 0.15 * dead),
            (SandboxHostKind.Slow, alive * options.SlowShare),
            (SandboxHostKind.Resetting, alive * options.ResettingShare),
            (SandboxHostKind.Silent, alive * options.SilentShare),
            (SandboxHostKind.Leaving, 0.75 * alive * options.RestlessShare),
            (SandboxHostKind.Crashing, 0.25 * alive * options.RestlessShare),
            (SandboxHostKind.WrongChain, hostile),
            (SandboxHostKind.Obsolete, hostile),
            (SandboxHostKind.Babbling, hostile),
            (SandboxHostKind.Corrupting, hostile),
            (SandboxHostKind.Oversized, hostile),
        ];

        // Boundaries are rounded, not counts, so that rounding errors do not add up. The rest is Live, the default.
        var kinds = new SandboxHostKind[options.Peers];
        var sum = 0.0;
        var from = 0;
        foreach (var (kind, share) in shares)
        {
            sum += share;
            var to = Math.Clamp((int)Math.Round(sum * kinds.Length), from, kinds.Length);
            kinds.AsSpan(from, to - from).Fill(kind);
            from = to;
        }

        return kinds;
    }

    /// <param name="random">The source of random numbers.</param>
    /// <param name="before">The hosts of the same family so far.</param>
    /// <param name="isIPv6">The family.</param>
    private static IPAddress Draw(Random random, ReadOnlySpan<SandboxHost> before, bool isIPv6)
    {
        var neighbour = before.IsEmpty || random.NextDouble() < NewGroupShare ? null : before[random.Next(before.Length)].EndPoint.Address;
        return isIPv6 ? DrawIPv6(random, neighbour) : DrawIPv4(random, neighbour);
    }

    private static IPAddress DrawIPv4(Random random, IPAddress? neighbour)
    {
        Span<byte> bytes = stackalloc byte[4];
        while (true)
        {
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(1, 224); // Not multicast, nor above.
            if (neighbour is not null && neighbour.TryWriteBytes(bytes, out _))
                random.NextBytes(bytes[2..]);

            var address = new IPAddress(bytes);
            if (!Netgroup.FromAddress(address).IsNone)
                return address;
        }
    }

    private static IPAddress DrawIPv6(Random random, IPAddress? neighbour)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        var prefix = IPv6Prefixes[random.Next(IPv6Prefixes.Length)];
        (bytes[0], bytes[1]) = ((byte)(prefix >> 8), (byte)((prefix & 0xf0) | (bytes[1] & 0x0f)));
        if (neighbour is not null && neighbour.TryWriteBytes(bytes, out _))
            random.NextBytes(bytes[4..]);

        return new IPAddress(bytes);
    }
}
