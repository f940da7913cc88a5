using System.Net;

namespace Connmgr.Simulation;

/// <summary>The honest addresses of a run, and the prefixes and systems that they are in. Immutable, and the same for all nodes of a run.</summary>
internal sealed class World
{
    /// <summary>The services that all nodes offer and that the attacker claims: the chain, with witnesses.</summary>
    public const ulong Services = 1 | 8;

    private const ushort Port = 8333;

    private readonly Host[] _hosts;
    private readonly ushort[] _freePrefixes;

    /// <summary>The system of each prefix (/16); 0 for none.</summary>
    private readonly ushort[] _systems = new ushort[1 << 16];

    public World(WorldOptions options, int seed)
    {
        (Options, Seed) = (options, seed);
        var random = new Random(seed);
        var prefixes = ListPrefixes();
        random.Shuffle(prefixes);
        var used = 0;
        var hosts = new List<Host>(options.Addresses);
        var harmonic = Enumerable.Range(1, options.Systems).Sum(static rank => 1.0 / rank);
        for (var rank = 1; rank <= options.Systems; rank++)
        {
            var size = Math.Max(1, (int)Math.Round(options.Addresses / harmonic / rank));
            var count = (int)Math.Ceiling(Math.Sqrt(size));
            var own = prefixes.AsSpan(used, count);
            used += count;
            foreach (var prefix in own)
                _systems[prefix] = (ushort)rank;
            for (var i = 0; i < size && hosts.Count < options.Addresses; i++)
                hosts.Add(CreateHonest(own[random.Next(count)], hosts.Count, random));
        }

        _hosts = [.. hosts];
        _freePrefixes = prefixes[used..];
    }

    public WorldOptions Options { get; }

    public int Seed { get; }

    /// <summary>The number of honest addresses.</summary>
    public int Count => _hosts.Length;

    /// <summary>Adds an attacker, and begins at time 0.</summary>
    public Scene CreateScene(AttackOptions attack)
    {
        var random = new Random(Seed ^ 0x5bd1e995);
        var nodes = _hosts.Count(static host => host.Kind == HostKind.Node);
        var count = (int)Math.Round(attack.Share / (1 - attack.Share) * nodes * Options.OnlineShare);
        var prefixes = attack.Prefixes == 0 ? count : Math.Min(count, attack.Prefixes);
        var systems = (ushort[])_systems.Clone();
        for (var i = 0; i < prefixes; i++)
            systems[_freePrefixes[i]] = (ushort)(Options.Systems + 1 + (attack.Systems == 0 ? i : i % attack.Systems));
        var hosts = new Host[_hosts.Length + count];
        _hosts.CopyTo(hosts, 0);
        for (var i = 0; i < count; i++)
        {
            hosts[_hosts.Length + i] = new Host
            {
                EndPoint = CreateEndPoint(_freePrefixes[i % prefixes], _hosts.Length + i),
                Kind = HostKind.Attacker,
                RoundTrip = attack.RoundTrip ?? DrawRoundTrip(random),
                IsSteady = true,
                IsOnline = true,
                Until = TimeSpan.MaxValue,
            };
        }

        return new Scene(this, attack, hosts, _hosts.Length, systems);
    }

    /// <summary>Lists the prefixes of public IPv4 addresses, without the networks that contain special ones.</summary>
    private static ushort[] ListPrefixes() =>
    [
        .. Enumerable.Range(1, 223)
            .Where(static first => first is not (10 or 100 or 127 or 169 or 172 or 192 or 198 or 203))
            .SelectMany(static first => Enumerable.Range(0, 256).Select(second => (ushort)((first << 8) | second))),
    ];

    private static NetworkEndPoint CreateEndPoint(ushort prefix, int index)
    {
        // The index in the low bytes makes the addresses of a prefix different; 0 and 255 are as good as others.
        var low = index & 0xffff;
        var address = new IPAddress([(byte)(prefix >> 8), (byte)prefix, (byte)(low >> 8), (byte)low]);
        return new(NetworkAddress.FromIPAddress(address), Port);
    }

    private Host CreateHonest(ushort prefix, int index, Random random)
    {
        var kind = random.NextDouble() switch
        {
            var draw when draw < Options.NodeShare => HostKind.Node,
            var draw when draw < Options.NodeShare + Options.UnreachableShare => HostKind.Unreachable,
            _ => HostKind.Gone,
        };
        var isSteady = random.NextDouble() < Options.SteadyShare;
        var isOnline = kind == HostKind.Node && (isSteady || random.NextDouble() < Options.MeanOnline / (Options.MeanOnline + Options.MeanOffline));
        var rest = (isOnline ? Options.MeanOnline : Options.MeanOffline) * -Math.Log(1 - random.NextDouble()); // Without memory: the rest of a time is as long as the whole.
        return new Host
        {
            EndPoint = CreateEndPoint(prefix, index),
            Kind = kind,
            RoundTrip = DrawRoundTrip(random),
            Refuses = random.NextDouble() < Options.RefusingShare,
            IsSteady = isSteady,
            IsOnline = isOnline,
            Until = isSteady ? TimeSpan.MaxValue : rest,
            Dice = (ulong)random.NextInt64(),
        };
    }

    private TimeSpan DrawRoundTrip(Random random)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Options.MedianRoundTrip * Math.Exp(normal * Options.RoundTripSpread);
    }
}
