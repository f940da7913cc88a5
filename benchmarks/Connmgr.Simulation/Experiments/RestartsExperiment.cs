namespace Connmgr.Simulation;

/// <summary>
/// A victim with the book of weeks is attacked: the attacker floods gossip for hours, from the inbound slots and from those outbound ones that
/// it has, then forces restarts. Counts the slots that it has before each.
/// </summary>
internal static class RestartsExperiment
{
    public const int Restarts = 10;

    /// <summary>The time between two samples of the share of slots.</summary>
    public static readonly TimeSpan SampleInterval = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Flood = TimeSpan.FromHours(6);
    private static readonly TimeSpan RestartInterval = TimeSpan.FromHours(1);

    /// <summary>The whole time of a run.</summary>
    public static TimeSpan End => Flood + (Restarts * RestartInterval);

    /// <summary>The number of samples.</summary>
    public static int Samples => (int)(End / SampleInterval) + 1;

    public static RestartsResult Run(World world, BookSnapshot book, RestartsCell cell)
    {
        var scene = world.CreateScene(cell.Attack);
        var node = SimulatedNode.Create(scene, cell.Node, book, world.Seed);
        var shares = new double[Samples];
        for (var i = 0; i < shares.Length; i++)
        {
            // Just before a restart that may come at the same time.
            var sample = i;
            scene.Timeline.Add(i * SampleInterval, () => shares[sample] = (double)node.AttackerPeers / NodeOptions.Slots);
        }

        node.Start();
        node.AdmitFlooders();
        var attackers = new int[Restarts + 1];
        scene.Timeline.Run(Flood);
        attackers[0] = node.AttackerPeers;
        var places = BookShare.Measure(node.Book, scene);
        for (var restart = 1; restart <= Restarts; restart++)
        {
            node.Restart(cell.IsClean);
            scene.Timeline.Run(Flood + (restart * RestartInterval));
            attackers[restart] = node.AttackerPeers;
        }

        return new RestartsResult(attackers, shares, places);
    }
}

/// <summary>A row of the experiment.</summary>
internal sealed record RestartsCell(string Name, NodeOptions Node, AttackOptions Attack)
{
    private readonly Mean[] _shares = CreateMeans(RestartsExperiment.Samples);
    private readonly Mean[] _after = CreateMeans(RestartsExperiment.Restarts + 1);
    private readonly int[] _half = new int[RestartsExperiment.Restarts + 1];
    private readonly int[] _everHalf = new int[RestartsExperiment.Restarts + 1];

    /// <summary>False for crashes.</summary>
    public bool IsClean { get; init; } = true;

    public int Runs { get; private set; }

    /// <summary>The runs in which all slots were the attacker's after some restart.</summary>
    public int AllSlots { get; private set; }

    public BookShareMeans Places { get; } = new();

    public IReadOnlyList<Mean> Shares => _shares;

    /// <summary>Gets the share of runs in which the attacker has at least half of the slots after some restarts.</summary>
    public Proportion GetHalf(int restarts) => new(_half[restarts], Runs);

    /// <summary>Gets the share of runs in which the attacker had at least half of the slots after at least one of the restarts.</summary>
    public Proportion GetEverHalf(int restarts) => new(_everHalf[restarts], Runs);

    public Mean GetShare(int restarts) => _after[restarts];

    public void Add(RestartsResult result)
    {
        Runs++;
        Places.Add(result.Places);
        for (var i = 0; i < _shares.Length; i++)
            _shares[i].Add(result.Shares[i]);
        var ever = false;
        for (var i = 0; i <= RestartsExperiment.Restarts; i++)
        {
            var isHalf = 2 * result.Attackers[i] >= NodeOptions.Slots;
            ever |= isHalf;
            _half[i] += isHalf ? 1 : 0;
            _everHalf[i] += ever ? 1 : 0;
            _after[i].Add((double)result.Attackers[i] / NodeOptions.Slots);
        }

        AllSlots += result.Attackers.Contains(NodeOptions.Slots) ? 1 : 0;
    }

    private static Mean[] CreateMeans(int count) => [.. Enumerable.Range(0, count).Select(static _ => new Mean())];
}

/// <summary>The result of a run.</summary>
/// <param name="Attackers">The attacker's slots before the first restart, and an hour after each.</param>
/// <param name="Shares">The attacker's share of the slots, sampled.</param>
/// <param name="Places">Its share of the book before the first restart.</param>
internal sealed record RestartsResult(int[] Attackers, double[] Shares, BookShare Places);
