using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>Something that is measured a number of times after a warm-up, and printed as one line.</summary>
internal sealed record Scenario(string Name, string Unit, int Runs, Func<int, Task<double>> MeasureAsync)
{
    public async Task RunAsync(TextWriter output)
    {
        await MeasureAsync(0);
        var figures = new double[Runs];
        for (var run = 0; run < Runs; run++)
            figures[run] = await MeasureAsync(run + 1);
        Array.Sort(figures);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Name} {figures[Runs / 2]:g4} {Unit} min={figures[0]:g4} max={figures[^1]:g4} n={Runs}"));
    }
}
