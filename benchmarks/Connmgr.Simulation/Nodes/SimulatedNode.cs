using Connmgr.Bitcoin;

namespace Connmgr.Simulation;

/// <summary>
/// A victim: its address book, its automatic connections, and the gossip that it hears. The policies that derive from it decide whom it
/// connects to. Restarts keep the book and the anchors.
/// </summary>
internal abstract class SimulatedNode
{
    /// <summary>The time from a restart to the first dial.</summary>
    private static readonly TimeSpan Downtime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan GossipInterval = TimeSpan.FromMinutes(1);

    /// <summary>The addresses that an honest peer passes on in each interval.</summary>
    private const int HonestGossip = 2;

    private const int SeedAddresses = 32;

    private readonly GossipRules _gossip = new(AddressNetworks.IPv4, NodeServices.Network | NodeServices.NetworkLimited);
    private readonly List<Session> _sessions = [];
    private readonly List<Session> _flooders = [];
    private NetworkEndPoint[] _anchors = [];
    private int _run;

    protected SimulatedNode(Scene scene, NodeOptions options, BookSnapshot? book, int seed)
    {
        (Scene, Options, Random) = (scene, options, new Random(seed));
        var key = new byte[32];
        Random.NextBytes(key);
        var bookOptions = new AddressBookOptions
        {
            Key = key,
            Netgrouper = Grouper,
            TimeProvider = scene.Timeline.Clock,
            Random = new Random(seed ^ 1),
        };
        Book = new AddressBook(bookOptions, book);
    }

    public AddressBook Book { get; }

    /// <summary>The time from the last start to the moment when all slots were filled; null until then.</summary>
    public TimeSpan? FilledAfter { get; private set; }

    /// <summary>The dials since the last start.</summary>
    public int Dials { get; protected set; }

    public int AttackerPeers => _sessions.Count(session => session.IsReady && Scene.IsAttacker(session.Host));

    /// <summary>The addresses of the block-relay-only peers.</summary>
    public IReadOnlyList<string> BlockRelayPeers => [.. _sessions.Where(static session => session is { IsBlockRelay: true, IsReady: true }).Select(static session => session.EndPoint.ToString())];

    protected Scene Scene { get; }

    protected NodeOptions Options { get; }

    protected Random Random { get; }

    protected IReadOnlyList<Session> Sessions => _sessions;

    protected INetgrouper Grouper => Options.HasAsMap ? Scene.Systems : PrefixNetgrouper.Instance;

    protected TimeSpan Now => Scene.Timeline.Now;

    private TimeSpan StartedAt { get; set; }

    public static SimulatedNode Create(Scene scene, NodeOptions options, BookSnapshot? book, int seed) => options.Policy switch
    {
        Policy.Core => new CoreNode(scene, options, book, seed),
        _ => new ConnmgrNode(scene, options, book, seed),
    };

    /// <summary>Starts, with the anchors of the last run.</summary>
    public void Start()
    {
        _run++;
        (StartedAt, FilledAfter, Dials) = (Now, null, 0);
        Begin(Options.HasAnchors ? [.. _anchors.Select(GetAddress)] : []);
        After(GossipInterval, Gossip);
    }

    /// <summary>Lets the attacker connect to the inbound slots, from where it floods gossip.</summary>
    public void AdmitFlooders()
    {
        for (var i = 0; i < Scene.Attack.Flooders && Scene.AttackerCount > 0; i++)
        {
            var host = Scene.PickAttacker();
            _flooders.Add(new Session(host, Scene.GetEndPoint(host), isBlockRelay: false, Now));
        }
    }

    /// <summary>Gets the answers of DNS seeds, of which some are the attacker's. All are asked at once, as of an empty book.</summary>
    public void AskSeeds(int honest, int attackers, SeedOrder order)
    {
        for (var i = 0; i < honest + attackers; i++)
        {
            var isAttacker = i >= honest;
            var source = NetworkAddress.FromName(Invariant($"x9.seed{i}.example"));
            var answersAfter = SeedOrders.LeastTime + (SeedOrders.Spread * Random.NextDouble());
            if (order == SeedOrder.Together)
                answersAfter = SeedOrders.LeastTime + SeedOrders.Spread;
            else if (order == SeedOrder.AttackersFirst && isAttacker)
                answersAfter = SeedOrders.LeastTime / 2;
            After(answersAfter, () =>
            {
                Book.Add(Scene.GetSeedAnswer(isAttacker, SeedAddresses), source);
                OnAddressesAdded();
            });
        }
    }

    /// <summary>Ends and starts again.</summary>
    /// <param name="isClean">False for a crash, after which Bitcoin Core has no anchors.</param>
    public void Restart(bool isClean)
    {
        _run++;
        var kept = _sessions.Where(static session => session is { IsBlockRelay: true, IsReady: true }).OrderBy(static session => session.Since).Take(2);
        _anchors = isClean || Options.Policy == Policy.Connmgr ? [.. kept.Select(static session => session.EndPoint)] : [];
        if (isClean)
        {
            foreach (var session in _sessions.Where(static session => session is { IsBlockRelay: false, IsReady: true }))
                Book.RecordConnected(session.EndPoint);
        }

        _sessions.Clear();
        Stop();
        foreach (var entry in Book.Tables.Entries)
            (entry.LastAttempt, entry.LastCountedAttempt) = (0, 0); // The file of the book does not have them.
        After(Downtime, Start);
    }

    /// <summary>Begins to dial.</summary>
    protected abstract void Begin(IReadOnlyList<PeerAddress> anchors);

    /// <summary>Ends everything that the policy keeps.</summary>
    protected abstract void Stop();

    /// <summary>Handles the end of a connection, which is not in the list any more.</summary>
    protected abstract void OnLeft(Session session);

    /// <summary>Handles new addresses in the book.</summary>
    protected abstract void OnAddressesAdded();

    /// <summary>Does something later, unless the victim restarts before.</summary>
    protected void After(TimeSpan time, Action action)
    {
        var run = _run;
        Scene.Timeline.Add(Now + time, () =>
        {
            if (run == _run)
                action();
        });
    }

    protected TimeSpan DrawPause(TimeSpan mean) => mean * -Math.Log(1 - Random.NextDouble());

    protected void Add(Session session) => _sessions.Add(session);

    /// <summary>Notes that the handshake of a session is complete.</summary>
    protected void Ready(Session session)
    {
        session.IsReady = true;
        if (_sessions.Count(static each => each.IsReady) == NodeOptions.Slots)
            FilledAfter ??= Now - StartedAt;
        if (Scene.GetEnd(session.Host) is { } end)
            After(end - Now, () => Leave(session));
        if (session.IsBlockRelay)
            return;
        session.Tokens.Grant(AddressMessage.MaxEntries);
        After(2 * Scene.GetRoundTrip(session.Host), () =>
        {
            if (!session.IsEnded)
                Learn(session, Scene.IsAttacker(session.Host) ? Scene.GetAttackerAddresses(AddressMessage.MaxEntries) : Scene.GetHonestAnswer(AddressMessage.MaxEntries));
        });
    }

    private void Leave(Session session)
    {
        if (session.IsEnded || !_sessions.Remove(session))
            return;
        session.IsEnded = true;
        if (session is { IsBlockRelay: false, IsReady: true })
            Book.RecordConnected(session.EndPoint);
        OnLeft(session);
    }

    private void Gossip()
    {
        foreach (var session in _sessions)
        {
            if (session is { IsBlockRelay: false, IsReady: true })
                Hear(session);
        }

        foreach (var flooder in _flooders)
            Hear(flooder);
        After(GossipInterval, Gossip);
    }

    private void Hear(Session session) =>
        Learn(session, Scene.IsAttacker(session.Host) ? Scene.GetAttackerAddresses((int)GossipInterval.TotalSeconds / 10) : Scene.GetAnnouncements(HonestGossip));

    /// <summary>Takes the addresses of a peer, as the sessions of gossip do.</summary>
    private void Learn(Session session, PeerAddress[] addresses)
    {
        var allowed = session.Tokens.Take(addresses.Length, Now);
        var now = Scene.Timeline.Clock.GetUtcNow();
        foreach (ref readonly var announced in addresses.AsSpan(0, allowed))
        {
            if (_gossip.TryNormalize(announced, now, out var address))
                Book.Add(address, session.EndPoint.Address, GossipRules.Penalty);
        }

        OnAddressesAdded();
    }

    private PeerAddress GetAddress(NetworkEndPoint endPoint) =>
        Book.TryGet(endPoint, out var entry) ? entry.Address : new PeerAddress(endPoint, World.Services, Scene.Timeline.Clock.GetUtcNow());
}
