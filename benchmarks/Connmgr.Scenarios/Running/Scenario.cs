using System.Globalization;
using System.Runtime;

namespace Connmgr.Scenarios;

/// <summary>A measurement: taken after a warm-up, a number of times, in a separate process.</summary>
/// <param name="Name">The name, the same as in Go's figures where there are some.</param>
/// <param name="Runs">The number of runs, unless the command line sets another. Odd, so that the median is one of them.</param>
/// <param name="MeasureOnceAsync">Measures once, and reports the figures.</param>
internal sealed record Scenario(string Name, int Runs, Func<ScenarioRun, Task> MeasureOnceAsync)
{
    private const int FewMethods = 5;
    private static readonly TimeSpan CompilersPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The number of runs before the measured ones, so that these find hot code compiled by the last tier, and filled pools. Each is run 0.
    /// </summary>
    public int WarmUps { get; init; } = 1;

    /// <summary>
    /// True if each run needs a new process: resident memory remains resident, and a second run would find memory that the first has left.
    /// </summary>
    public bool HasProcessPerRun { get; init; }

    /// <summary>The differences from the defaults of the library, without spaces; printed at the end of each line. Null for none.</summary>
    public string? Note { get; init; }

    private static TimeProvider Time => TimeProvider.System;

    /// <summary>Measures, and writes each figure of each run as a line <c>name value unit</c>.</summary>
    public async Task MeasureAsync(int firstRun, int runs, TextWriter output)
    {
        for (var i = 0; i < WarmUps; i++)
            await WarmUpAsync();
        if (WarmUps > 0)
            await SettleAsync();
        for (var run = firstRun; run < firstRun + runs; run++)
        {
            // The garbage of the previous run must not be collected in this one.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await MeasureOnceAsync(new ScenarioRun(this, run, (name, value, unit) =>
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:r} {unit}"))));
        }
    }

    private Task WarmUpAsync() => MeasureOnceAsync(new ScenarioRun(this, 0, static (_, _, _) => { }));

    /// <summary>
    /// Warms up until the compiler has almost nothing left to do. It recompiles hot methods only after a pause without new ones, each several times, so that runs without a
    /// pause measure its first tiers: filling 10,000 slots took 72 ms that way instead of 23.
    /// </summary>
    private async Task SettleAsync()
    {
        var start = Time.GetTimestamp();
        for (long before = 0, now; Time.GetElapsedTime(start) < LongestSettling; before = now)
        {
            await Task.Delay(CompilersPause, Time);
            await WarmUpAsync();
            now = JitInfo.GetCompiledMethodCount();
            if (now - before < FewMethods)
                return;
        }
    }
}

/// <summary>One run of a scenario.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Number">0 for a warm-up, else from 1. The seed of random numbers.</param>
/// <param name="Take">Receives name, value and unit of a figure.</param>
internal sealed record ScenarioRun(Scenario Scenario, int Number, Action<string, double, string> Take)
{
    /// <summary>Reports the figure that the scenario is named after.</summary>
    public void Add(double value, string unit) => Take(Scenario.Name, value, unit);

    /// <summary>Reports a further figure.</summary>
    public void Add(string suffix, double value, string unit) => Take($"{Scenario.Name}_{suffix}", value, unit);
}
