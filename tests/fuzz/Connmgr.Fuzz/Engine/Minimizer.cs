namespace Connmgr.Fuzz;

/// <summary>Finds few and short inputs that take all branches of many.</summary>
internal static class Minimizer
{
    private const int Most = 24;
    private const int MostBytes = 2048;

    /// <summary>Chooses inputs: again and again the one that adds most branches, the shorter one of two. Without instrumented code it finds none.</summary>
    public static IReadOnlyList<byte[]> Minimize(FuzzTarget target, IEnumerable<byte[]> inputs, CoverageMap map)
    {
        var oracle = new Oracle(target);
        var taken = new List<(byte[] Input, HashSet<int> Branches)>();
        foreach (var input in inputs.Where(static input => input.Length <= MostBytes).OrderBy(static input => input.Length))
        {
            map.Begin();
            try
            {
                oracle.Check(input);
                taken.Add((input, [.. map.GetTaken()]));
            }
            catch (FuzzFailure)
            {
                // The run reports it.
            }
        }

        var chosen = new List<byte[]>();
        while (chosen.Count < Most && taken.MaxBy(static each => each.Branches.Count) is { Branches.Count: > 0 } best)
        {
            chosen.Add(best.Input);
            var added = best.Branches.ToArray();
            foreach (var (_, branches) in taken)
                branches.ExceptWith(added);
        }

        return chosen;
    }
}
