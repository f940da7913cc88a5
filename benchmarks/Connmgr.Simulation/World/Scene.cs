using System.Net;

namespace Connmgr.Simulation;

/// <summary>A world with an attacker, at a moment of virtual time. One victim uses it.</summary>
internal sealed class Scene
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly World _world;
    private readonly Host[] _hosts;
    private readonly Dictionary<NetworkEndPoint, int> _indexes;
    private readonly int _honest;
    private readonly Random _random;

    public Scene(World world, AttackOptions attack, Host[] hosts, int honest, ushort[] systems)
    {
        (_world, Attack, _hosts, _honest) = (world, attack, hosts, honest);
        _random = new Random(world.Seed ^ 0x2545f491);
        _indexes = new(hosts.Length);
        for (var i = 0; i < hosts.Length; i++)
            _indexes.Add(hosts[i].EndPoint, i);
        Timeline = new Timeline(Epoch);
        Systems = new SystemGrouper(systems);
    }

    public AttackOptions Attack { get; }

    public Timeline Timeline { get; }

    public INetgrouper Systems { get; }

    public int AttackerCount => _hosts.Length - _honest;

    private DateTimeOffset UtcNow => Timeline.Clock.GetUtcNow();

    public bool IsAttacker(int host) => host >= _honest;

    public bool IsAttacker(in NetworkEndPoint endPoint) => _indexes.TryGetValue(endPoint, out var host) && IsAttacker(host);

    public int Find(EndPoint endPoint) =>
        NetworkEndPoint.TryFromEndPoint(endPoint, out var known) ? _indexes[known] : throw new ArgumentException($"{endPoint} is not of the world.", nameof(endPoint));

    public int Find(in NetworkEndPoint endPoint) => _indexes[endPoint];

    public NetworkEndPoint GetEndPoint(int host) => _hosts[host].EndPoint;

    public TimeSpan GetRoundTrip(int host) => _hosts[host].RoundTrip;

    /// <summary>Gets the answer to a dial that begins now.</summary>
    public DialAnswer Dial(int host)
    {
        ref var dialled = ref _hosts[host];
        Advance(ref dialled);
        return dialled.IsOnline ? DialAnswer.Accepted : dialled.Refuses ? DialAnswer.Refused : DialAnswer.Silent;
    }

    /// <summary>Gets the time at which a host leaves; null for never.</summary>
    public TimeSpan? GetEnd(int host)
    {
        ref var online = ref _hosts[host];
        Advance(ref online);
        return !online.IsOnline ? Timeline.Now : online.Until == TimeSpan.MaxValue ? null : online.Until;
    }

    /// <summary>Gets the answer of an honest node to getaddr: a sample of all addresses, those of the attacker included.</summary>
    public PeerAddress[] GetHonestAnswer(int count)
    {
        var answer = new PeerAddress[Math.Min(count, _hosts.Length)];
        for (var i = 0; i < answer.Length; i++)
            answer[i] = Describe(_random.Next(_hosts.Length));
        return answer;
    }

    /// <summary>Gets addresses of the attacker, all of them just seen.</summary>
    public PeerAddress[] GetAttackerAddresses(int count)
    {
        var answer = new PeerAddress[AttackerCount == 0 ? 0 : count];
        for (var i = 0; i < answer.Length; i++)
            answer[i] = new(_hosts[_random.Next(_honest, _hosts.Length)].EndPoint, World.Services, UtcNow);
        return answer;
    }

    /// <summary>Gets addresses that nodes have just announced themselves.</summary>
    public PeerAddress[] GetAnnouncements(int count)
    {
        var announced = new PeerAddress[count];
        for (var i = 0; i < count; i++)
        {
            int host;
            do
                host = _random.Next(_hosts.Length);
            while (!Announces(host));
            announced[i] = new(_hosts[host].EndPoint, World.Services, UtcNow);
        }

        return announced;
    }

    /// <summary>Gets the answer of a DNS seed, which knows who is online: honest ones give the attacker's nodes their share.</summary>
    public PeerAddress[] GetSeedAnswer(bool isAttacker, int count)
    {
        if (isAttacker)
            return GetAttackerAddresses(count);
        var answer = new PeerAddress[count];
        for (var i = 0; i < count; i++)
        {
            int host;
            do
                host = _random.Next(_hosts.Length);
            while (Dial(host) != DialAnswer.Accepted);
            answer[i] = new(_hosts[host].EndPoint, World.Services, UtcNow - TimeSpan.FromDays(3 + (4 * _random.NextDouble())));
        }

        return answer;
    }

    /// <summary>Gets a random host of the attacker.</summary>
    public int PickAttacker() => _random.Next(_honest, _hosts.Length);

    /// <summary>Gets the honest hosts of a kind.</summary>
    public int[] GetHonest(HostKind kind) => [.. Enumerable.Range(0, _honest).Where(host => _hosts[host].Kind == kind)];

    private bool Announces(int host)
    {
        ref var candidate = ref _hosts[host];
        Advance(ref candidate);
        return candidate.IsOnline || candidate.Kind == HostKind.Unreachable;
    }

    /// <summary>Gets an address as honest books have it.</summary>
    public PeerAddress Describe(int host)
    {
        var age = Announces(host) ? TimeSpan.FromDays(_random.NextDouble())
            : _hosts[host].Kind == HostKind.Node ? TimeSpan.FromDays(0.25 + (1.75 * _random.NextDouble()))
            : TimeSpan.FromDays(3 + (27 * _random.NextDouble()));
        return new(_hosts[host].EndPoint, World.Services, UtcNow - age);
    }

    private void Advance(ref Host host) => host.Advance(Timeline.Now, _world.Options.MeanOnline, _world.Options.MeanOffline);
}
