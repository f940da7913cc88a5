namespace Connmgr.Simulation;

/// <summary>The rows of the experiment with restarts, and their tables and plots.</summary>
internal sealed class RestartsReport
{
    private const double MainShare = 0.3;
    private const string AsAbove = "as above";

    private static readonly double[] Shares = [0.1, 0.3, 0.5];
    private static readonly int[] Columns = [0, 1, 3, 10];

    private readonly List<RestartsCell> _odds = [];
    private readonly List<RestartsCell> _variants = [];

    /// <summary>The differences of the shares of slots after the last restart, in the same worlds, by the attacker's share.</summary>
    private readonly Mean[] _slots = [.. Shares.Select(static _ => new Mean())];

    /// <summary>The same of the runs in which half of the slots are the attacker's.</summary>
    private readonly Mean[] _half = [.. Shares.Select(static _ => new Mean())];

    private readonly List<RestartsCell> _places = [];

    public RestartsReport()
    {
        var spread = new AttackOptions { Share = MainShare };
        var narrow = spread with { Prefixes = 32, Systems = 4 };
        foreach (var policy in Enum.GetValues<Policy>())
        {
            var node = new NodeOptions { Policy = policy };
            foreach (var share in Shares)
                _odds.Add(new(Invariant($"{100 * share:0} %"), node, spread with { Share = share }));
            _variants.Add(new(AsAbove, node, spread));
            _variants.Add(new("without anchors", node with { HasAnchors = false }, spread));
            _variants.Add(new("without feelers", node with { HasFeelers = false }, spread));
            _variants.Add(new("crashes, not stops", node, spread) { IsClean = false });
            _variants.Add(new("attacker as slow as others", node, spread with { RoundTrip = null }));
            _variants.Add(new("32 prefixes in 4 systems", node, narrow));
            _variants.Add(new("the same, with an AS map", node with { HasAsMap = true }, narrow));
        }

        var ours = new NodeOptions { Policy = Policy.Connmgr };
        _variants.Add(new("one dial for each slot", ours with { IsHedged = false }, spread));
        foreach (var prefixes in new[] { 1, 8 })
            _places.Add(new(Invariant($"{prefixes}"), ours, spread with { Prefixes = prefixes }));
    }

    /// <summary>The runs of all rows.</summary>
    public int Runs => _odds.Concat(_variants).Concat(_places).Sum(static cell => cell.Runs);

    public void RunOdds(World world)
    {
        var after = Run(world, _odds).ConvertAll(static result => result.Attackers[RestartsExperiment.Restarts]);
        for (var i = 0; i < Shares.Length; i++)
        {
            var (ours, core) = (after[i], after[Shares.Length + i]);
            _slots[i].Add((double)(ours - core) / NodeOptions.Slots);
            _half[i].Add((2 * ours >= NodeOptions.Slots ? 1 : 0) - (2 * core >= NodeOptions.Slots ? 1 : 0));
        }
    }

    public void RunVariants(World world) => Run(world, [.. _variants, .. _places]);

    public IEnumerable<(string File, string Content)> WriteOdds()
    {
        yield return ("odds.md", TabulateOdds());
        yield return ("differences.md", TabulateDifferences());
        yield return ("odds.svg", DrawOdds());
        yield return ("share.svg", DrawShares());
    }

    public IEnumerable<(string File, string Content)> WriteVariants()
    {
        yield return ("variants.md", TabulateVariants());
        yield return ("places.md", TabulatePlaces());
    }

    private static List<RestartsResult> Run(World world, List<RestartsCell> cells)
    {
        List<RestartsResult> results = [];
        BookSnapshot? plain = null;
        BookSnapshot? mapped = null;
        foreach (var cell in cells)
        {
            var book = cell.Node.HasAsMap ? mapped ??= SettledBook.Create(world, hasAsMap: true) : plain ??= SettledBook.Create(world, hasAsMap: false);
            results.Add(RestartsExperiment.Run(world, book, cell));
            cell.Add(results[^1]);
        }

        return results;
    }

    private string TabulateOdds()
    {
        var table = new MarkdownTable(["attacker", "rules", .. Columns.Select(static restarts => Invariant($"after {restarts}")), "ever in 10", "mean share after 10", "all slots"]);
        foreach (var cell in _odds.OrderBy(static cell => cell.Attack.Share))
        {
            table.Add(
            [
                cell.Name,
                cell.Node.Policy.ToString(),
                .. Columns.Select(restarts => cell.GetHalf(restarts).ToString()),
                cell.GetEverHalf(RestartsExperiment.Restarts).ToString(),
                FormatShare(cell.GetShare(RestartsExperiment.Restarts)),
                Invariant($"{cell.AllSlots} of {cell.Runs}"),
            ]);
        }

        return table.ToString();
    }

    private string TabulateDifferences()
    {
        var table = new MarkdownTable("attacker", "odds of half of the slots, Connmgr less Core", "share of slots, Connmgr less Core");
        for (var i = 0; i < Shares.Length; i++)
            table.Add(Invariant($"{100 * Shares[i]:0} %"), FormatDifference(_half[i]), FormatDifference(_slots[i]));
        return table.ToString();
    }

    private string TabulateVariants()
    {
        var table = new MarkdownTable("variant", "rules", "after 1", "after 10", "ever in 10", "mean share after 10");
        foreach (var cell in _variants.GroupBy(static cell => cell.Name, StringComparer.Ordinal).SelectMany(static same => same))
        {
            table.Add(
                cell.Name,
                cell.Node.Policy.ToString(),
                cell.GetHalf(1).ToString(),
                cell.GetHalf(RestartsExperiment.Restarts).ToString(),
                cell.GetEverHalf(RestartsExperiment.Restarts).ToString(),
                FormatShare(cell.GetShare(RestartsExperiment.Restarts)));
        }

        return table.ToString();
    }

    private string TabulatePlaces()
    {
        var table = new MarkdownTable("prefixes", "addresses in the book", "places of each in new", "share of new", "share of tried", "share of slots after 10");
        var rest = _variants.Where(static cell => cell.Node.Policy == Policy.Connmgr && cell.Attack.Prefixes == 32 && !cell.Node.HasAsMap).Select(static cell => cell with { Name = "32" })
            .Concat(_variants.Where(static cell => cell.Node.Policy == Policy.Connmgr && string.Equals(cell.Name, AsAbove, StringComparison.Ordinal)).Select(static cell => cell with { Name = "one for each" }));
        foreach (var cell in _places.Concat(rest))
        {
            table.Add(
                cell.Name,
                Invariant($"{cell.Places.Addresses.Value:0}"),
                Invariant($"{cell.Places.PlacesOfAddress.Value:0.00}"),
                FormatShare(cell.Places.NewShare),
                FormatShare(cell.Places.TriedShare),
                FormatShare(cell.GetShare(RestartsExperiment.Restarts)));
        }

        return table.ToString();
    }

    private string DrawOdds()
    {
        var chart = new SvgChart("Odds that at least half of the slots are the attacker's", "restarts", "% of runs", RestartsExperiment.Restarts);
        foreach (var cell in _odds)
            chart.Add($"{cell.Node.Policy}, {cell.Name}", Enumerable.Range(0, RestartsExperiment.Restarts + 1).Select(restarts => ChartPoint.From(restarts, cell.GetHalf(restarts))));
        return chart.ToString();
    }

    private string DrawShares()
    {
        var chart = new SvgChart("The attacker's share of the slots", "hours of attack; restarts from hour 6 on", "% of slots", RestartsExperiment.End.TotalHours) { XStep = 2 };
        foreach (var cell in _odds)
            chart.Add($"{cell.Node.Policy}, {cell.Name}", cell.Shares.Select(static (share, i) => ChartPoint.From((i * RestartsExperiment.SampleInterval).TotalHours, share)));
        return chart.ToString();
    }

    private static string FormatDifference(Mean difference) => Invariant($"{100 * difference.Value:+0.0;-0.0;0.0} ± {100 * difference.Error:0.0} points");

    private static string FormatShare(Mean share) => Invariant($"{100 * share.Value:0.0} % ± {100 * share.Error:0.0}");
}
