using System.Globalization;
using System.Runtime;

namespace Connmgr.Scenarios;

/// <summary>Something that is measured: after a warm-up, a number of times, in a process of its own.</summary>
/// <param name="Name">The name, as Go's figures have it where there are some.</param>
/// <param name="Runs">How often, unless the command line says otherwise. Odd, so that the median is a run.</param>
/// <param name="MeasureOnceAsync">Measures once, and gives the figures.</param>
internal sealed record Scenario(string Name, int Runs, Func<ScenarioRun, Task> MeasureOnceAsync)
{
    private const int FewMethods = 5;
    private static readonly TimeSpan CompilersPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(15);

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
            // What the run before has left must not be collected, and paid for, in this one.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await MeasureOnceAsync(new ScenarioRun(this, run, (name, value, unit) =>
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:r} {unit}"))));
        }
    }

    private Task WarmUpAsync() => MeasureOnceAsync(new ScenarioRun(this, 0, static (_, _, _) => { }));

    /// <summary>
    /// More warm-ups, until the compiler has next to nothing left to do. It compiles hot methods anew only after a pause without new ones, each some times, so that runs without a
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
