namespace Connmgr.Simulation;

/// <summary>A victim starts with a book of which most addresses are dead, and fills its slots. There is no attacker.</summary>
internal static class FillExperiment
{
    /// <summary>The time after which a run is given up.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Runs until the slots are filled.</summary>
    /// <returns>The time that it took, and the dials.</returns>
    public static (TimeSpan Time, int Dials) Run(WorldOptions options, int seed, FillCell cell)
    {
        // No node comes or goes, so the share of dead addresses stays.
        var world = new World(options with { NodeShare = 1 - cell.DeadShare, UnreachableShare = 0, SteadyShare = 1 }, seed);
        var scene = world.CreateScene(AttackOptions.None);
        var book = CreateBook(scene, world, seed);
        var node = SimulatedNode.Create(scene, cell.Node, book, seed);
        node.Start();
        scene.Timeline.Run(Longest, () => node.FilledAfter is not null);
        return (node.FilledAfter ?? Longest, node.Dials);
    }

    private static BookSnapshot CreateBook(Scene scene, World world, int seed)
    {
        var random = new Random(seed ^ 0x3c6ef372);
        var key = new byte[32];
        random.NextBytes(key);
        var book = new AddressBook(new AddressBookOptions { Key = key, TimeProvider = scene.Timeline.Clock, Random = new Random(random.Next()) });
        for (var host = 0; host < world.Count; host++)
            book.Add(scene.Describe(host), scene.GetEndPoint(random.Next(world.Count)).Address);
        return book.Capture();
    }
}

/// <summary>A row of the experiment.</summary>
internal sealed record FillCell(double DeadShare, NodeOptions Node)
{
    private readonly List<TimeSpan> _times = [];

    public Mean Dials { get; } = new();

    public int Runs => _times.Count;

    public void Add((TimeSpan Time, int Dials) result)
    {
        _times.Add(result.Time);
        Dials.Add(result.Dials);
    }

    public TimeSpan GetQuantile(double share)
    {
        var sorted = _times.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }
}
