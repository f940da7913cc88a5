using System.Globalization;

namespace Connmgr.Fuzz;

/// <summary>The program: what it does with one or all targets.</summary>
internal static class FuzzProgram
{
    private const string Usage = """
        usage: Connmgr.Fuzz [TARGET...] [OPTION...]

        Gives changed inputs to everything that reads untrusted bytes. Without a target: to all of them. Prints a line for each target.

          --list               the targets
          --runs N             executions for each target (default 100000)
          --seconds N          and at most this time for each target
          --seed N             the seed of the changes (default 1)
          --more FOLDER        further inputs: a folder with one for each target, below its name
          --found FOLDER       where inputs go that took new branches (instrumented assemblies only)
          --failures FOLDER    where inputs go that broke a rule
          --minimize FOLDER    writes the fewest inputs that take all branches of the corpus, of --more, and of the run; instrumented assemblies only
          --replay FILE...     reads files with one target, and shows what becomes of each
          --scale BYTES        gives each target inputs of this length in which a part is repeated, and a quarter of it, and shows how the time grows
          --afl                lets afl-fuzz drive one target
        """;

    public static int Run(string[] arguments)
    {
        var map = new CoverageMap(); // First of all: instrumented code writes to it.
        FuzzOptions options;
        try
        {
            options = FuzzOptions.Parse(arguments);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            Console.Error.WriteLine($"{exception.Message}\n\n{Usage}");
            return 2;
        }

        if (options.IsList)
        {
            foreach (var target in FuzzTargets.All)
                Console.WriteLine($"{target.Name,-16} {target.Reads}");
            return 0;
        }

        if (options.IsAfl)
            return AflRun.Run(options.Targets.Single());
        if (options.Scale is { } length)
            return Scale(options, length);
        return options.Replay.Count > 0 ? Replay(options) : RunAll(options, map);
    }

    private static int RunAll(FuzzOptions options, CoverageMap map)
    {
        var corpus = Corpus.Find();
        var failures = new FailureFolder(options.Failures, Console.Error.WriteLine);
        using var hangs = new HangDetector(TimeSpan.FromSeconds(20), options.Failures);
        var total = 0L;
        foreach (var target in options.Targets)
        {
            var before = failures.Count;
            map.Forget();
            IReadOnlyList<byte[]> more = options.More is { } folder ? Corpus.ReadFolder(Path.Combine(folder, target.Name)) : [];
            var run = new FuzzRun(target, corpus, more, options.Seed, map, hangs, failures);
            var start = TimeProvider.System.GetTimestamp();
            run.Run(options.Runs, options.Time);
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            total += run.Executions;
            var coverage = map.Branches > 0 ? $", {map.Branches} branches, {run.Found.Count()} inputs found" : string.Empty;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{target.Name,-16} {run.Executions} executions ({run.Executions / seconds:F0} a second), {run.Oracle.Taken} taken, {run.Oracle.Refused} refused{coverage}, at most {run.Oracle.MostOfShort} bytes of memory, {run.Oracle.MostPerByte:F1} a byte from 1 kB on, {failures.Count - before} failures"));
            if (options.Found is { } found)
                Write(Path.Combine(found, target.Name), run.Found);
            if (options.Minimize is { } minimized)
                Write(Path.Combine(minimized, target.Name), Minimizer.Minimize(target, [.. corpus.Read(target.Name), .. more, .. run.Found], map));
        }

        Console.WriteLine($"{options.Targets.Count} targets, {total} executions, {failures.Count} failures");
        return failures.Count == 0 ? 0 : 1;
    }

    private static int Scale(FuzzOptions options, int length)
    {
        var (corpus, suspicious) = (Corpus.Find(), 0);
        foreach (var target in options.Targets)
        {
            var run = new ScaleRun(target, corpus, options.Seed);
            run.Run(length);
            suspicious += run.IsSuspicious ? 1 : 0;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{target.Name,-16} {run.Longest.TotalMilliseconds:F0} ms at most; four times the input takes up to {run.MostGrowth:F1} times as long{(run.IsSuspicious ? ": NOT LINEAR" : string.Empty)}"));
            if (run.IsSuspicious && options.Failures is { } folder)
                Write(Path.Combine(folder, "scale", target.Name), [run.LongestInput]);
        }

        Console.WriteLine($"{options.Targets.Count} targets, {suspicious} not linear");
        return suspicious == 0 ? 0 : 1;
    }

    private static int Replay(FuzzOptions options)
    {
        var target = options.Targets.Single();
        var oracle = new Oracle(target);
        var failed = 0;
        foreach (var path in options.Replay)
        {
            try
            {
                Console.WriteLine($"{path}: {(oracle.Check(File.ReadAllBytes(path)) ? "taken" : "refused")}");
            }
            catch (FuzzFailure failure)
            {
                Console.WriteLine($"{path}: FAILED: {failure}");
                failed++;
            }
        }

        return failed == 0 ? 0 : 1;
    }

    private static void Write(string folder, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(folder);
        foreach (var input in inputs)
            File.WriteAllBytes(Path.Combine(folder, Corpus.GetName(input)), input);
    }
}
