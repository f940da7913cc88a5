namespace Connmgr.Simulation;

/// <summary>The rows of the experiment with DNS seeds, and their table and plot.</summary>
internal sealed class SeedsReport
{
    private const double Share = 0.3;

    private static readonly int[] AttackerSeeds = [0, 1, 2, 4, 6];

    private readonly SeedsCell[] _cells =
    [
        .. AttackerSeeds.SelectMany(static seeds => Enum.GetValues<Policy>()
            .Select(policy => new SeedsCell(seeds, new NodeOptions { Policy = policy }, new AttackOptions { Share = Share, Flooders = 0 }))),
    ];

    public void Run(World world)
    {
        foreach (var cell in _cells)
            cell.Add(SeedsExperiment.Run(world, cell));
    }

    public IEnumerable<(string File, string Content)> Write()
    {
        var table = new MarkdownTable("attacker's seeds", "rules", "at least half", "all", "mean share");
        foreach (var cell in _cells)
        {
            table.Add(
                Invariant($"{cell.AttackerSeeds} of {SeedsExperiment.Seeds}"),
                cell.Node.Policy.ToString(),
                cell.Half.ToString(),
                cell.All.ToString(),
                Invariant($"{100 * cell.Share.Value:0.0} % ± {100 * cell.Share.Error:0.0}"));
        }

        yield return ("seeds.md", table.ToString());
        var chart = new SvgChart("The first peers of an empty book", "seeds of the attacker, of 8", "% of runs with half of the slots", SeedsExperiment.Seeds);
        foreach (var line in _cells.GroupBy(static cell => cell.Node.Policy))
            chart.Add(line.Key.ToString(), line.Select(static cell => ChartPoint.From(cell.AttackerSeeds, cell.Half)));
        yield return ("seeds.svg", chart.ToString());
    }
}
