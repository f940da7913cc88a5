namespace Connmgr.Simulation;

/// <summary>A victim starts with an empty book, and asks DNS seeds, of which some are the attacker's.</summary>
internal static class SeedsExperiment
{
    public const int Seeds = 8;

    private static readonly TimeSpan End = TimeSpan.FromMinutes(10);

    /// <summary>Runs until all has settled.</summary>
    /// <returns>The attacker's slots.</returns>
    public static int Run(World world, SeedsCell cell)
    {
        var scene = world.CreateScene(cell.Attack);
        var node = SimulatedNode.Create(scene, cell.Node, book: null, world.Seed);
        node.Start();
        node.AskSeeds(Seeds - cell.AttackerSeeds, cell.AttackerSeeds, cell.Order);
        scene.Timeline.Run(End);
        return node.AttackerPeers;
    }
}

/// <summary>A row of the experiment.</summary>
internal sealed record SeedsCell(int AttackerSeeds, NodeOptions Node, AttackOptions Attack)
{
    private int _half;
    private int _all;

    public SeedOrder Order { get; init; }

    public Mean Share { get; } = new();

    public Proportion Half => new(_half, Share.Count);

    public Proportion All => new(_all, Share.Count);

    public void Add(int attackers)
    {
        Share.Add((double)attackers / NodeOptions.Slots);
        _half += 2 * attackers >= NodeOptions.Slots ? 1 : 0;
        _all += attackers == NodeOptions.Slots ? 1 : 0;
    }
}
