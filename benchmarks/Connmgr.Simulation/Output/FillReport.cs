namespace Connmgr.Simulation;

/// <summary>The rows of the experiment with dead addresses, and their table.</summary>
internal sealed class FillReport
{
    private static readonly double[] DeadShares = [0.5, 0.9, 0.99];

    private readonly FillCell[] _cells =
        [.. DeadShares.SelectMany(static dead => Enum.GetValues<Policy>().Select(policy => new FillCell(dead, new NodeOptions { Policy = policy })))];

    public void Run(WorldOptions options, int seed)
    {
        foreach (var cell in _cells)
            cell.Add(FillExperiment.Run(options, seed, cell));
    }

    public IEnumerable<(string File, string Content)> Write()
    {
        var table = new MarkdownTable("dead", "rules", "median", "95 % of runs", "longest", "mean dials");
        foreach (var cell in _cells)
        {
            table.Add(
                Invariant($"{100 * cell.DeadShare:0} %"),
                cell.Node.Policy.ToString(),
                Format(cell.GetQuantile(0.5)),
                Format(cell.GetQuantile(0.95)),
                Format(cell.GetQuantile(1)),
                Invariant($"{cell.Dials.Value:0}"));
        }

        yield return ("fill.md", table.ToString());
    }

    private static string Format(TimeSpan time) => time < FillExperiment.Longest ? Invariant($"{time.TotalSeconds:0.0} s") : "over 1 h";
}
