namespace Connmgr.Simulation;

/// <summary>The rows of the experiment with DNS seeds, and their table and plot.</summary>
internal sealed class SeedsReport
{
    private const double Share = 0.3;

    private static readonly int[] AttackerSeeds = [0, 1, 2, 4];

    private readonly List<(string Name, SeedsCell Cell)> _cells = [];

    public SeedsReport()
    {
        var (ours, core) = (new NodeOptions { Policy = Policy.Connmgr }, new NodeOptions { Policy = Policy.Core });
        var attack = new AttackOptions { Share = Share, Flooders = 0 };
        foreach (var seeds in AttackerSeeds)
        {
            // The library waits for all first answers, for up to a second; here they come within 250 ms.
            _cells.Add((ours.Policy.ToString(), new SeedsCell(seeds, ours, attack) { Order = SeedOrder.Together }));
            _cells.Add((core.Policy.ToString(), new SeedsCell(seeds, core, attack)));
            _cells.Add(("Connmgr, without the wait", new SeedsCell(seeds, ours, attack)));
            if (seeds > 0)
            {
                _cells.Add(("Core, attacker's seeds answer first", new SeedsCell(seeds, core, attack) { Order = SeedOrder.AttackersFirst }));
                _cells.Add(("Connmgr, without the wait, attacker's seeds answer first", new SeedsCell(seeds, ours, attack) { Order = SeedOrder.AttackersFirst }));
            }
        }
    }

    public void Run(World world)
    {
        foreach (var (_, cell) in _cells)
            cell.Add(SeedsExperiment.Run(world, cell));
    }

    public IEnumerable<(string File, string Content)> Write()
    {
        var table = new MarkdownTable("attacker's seeds", "rules", "at least half", "all", "mean share");
        foreach (var (name, cell) in _cells)
        {
            table.Add(
                Invariant($"{cell.AttackerSeeds} of {SeedsExperiment.Seeds}"),
                name,
                cell.Half.ToString(),
                cell.All.ToString(),
                Invariant($"{100 * cell.Share.Value:0.0} % ± {100 * cell.Share.Error:0.0}"));
        }

        yield return ("seeds.md", table.ToString());
        var chart = new SvgChart("The first peers of an empty book", "seeds of the attacker, of 8", "% of runs", AttackerSeeds[^1]);
        foreach (var line in _cells.Where(static each => !each.Name.Contains(',', StringComparison.Ordinal)).GroupBy(static each => each.Name, StringComparer.Ordinal))
        {
            chart.Add($"{line.Key}: at least half", line.Select(static each => ChartPoint.From(each.Cell.AttackerSeeds, each.Cell.Half)));
            chart.Add($"{line.Key}: all", line.Select(static each => ChartPoint.From(each.Cell.AttackerSeeds, each.Cell.All)));
        }

        yield return ("seeds.svg", chart.ToString());
    }
}
