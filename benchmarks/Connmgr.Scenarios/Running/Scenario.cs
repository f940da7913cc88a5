using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>Something that is measured: after a warm-up, a number of times, in a process of its own.</summary>
/// <param name="Name">The name, as Go's figures have it where there are some.</param>
/// <param name="Runs">How often, unless the command line says otherwise. Odd, so that the median is a run.</param>
/// <param name="MeasureOnceAsync">Measures once, and gives the figures.</param>
internal sealed record Scenario(string Name, int Runs, Func<ScenarioRun, Task> MeasureOnceAsync)
{
    /// <summary>
    /// Runs before those that count, so that these find hot code compiled by the last tier, and pools filled. Run 0, each of them.
    /// </summary>
    public int WarmUps { get; init; } = 1;

    /// <summary>
    /// Whether each run needs a new process: what was resident once stays so, and a second run would find memory that the first has left.
    /// </summary>
    public bool HasProcessPerRun { get; init; }

    /// <summary>What differs from the defaults of the library, without spaces; printed at the end of each line. Null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Measures, and writes each figure of each run as a line <c>name value unit</c>.</summary>
    public async Task MeasureAsync(int firstRun, int runs, TextWriter output)
    {
        for (var i = 0; i < WarmUps; i++)
            await MeasureOnceAsync(new ScenarioRun(this, 0, static (_, _, _) => { }));
        for (var run = firstRun; run < firstRun + runs; run++)
        {
            // What the run before has left must not be collected, and paid for, in this one.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await MeasureOnceAsync(new ScenarioRun(this, run, (name, value, unit) =>
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:r} {unit}"))));
        }
    }
}
