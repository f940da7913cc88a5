namespace Connmgr.Scenarios;

/// <summary>Runs scenarios one after the other, each in a separate process, and prints a line for each figure.</summary>
internal sealed class Runner(TextWriter output, TextWriter remarks)
{
    /// <summary>Runs scenarios; the failure of one does not affect the others.</summary>
    /// <param name="scenarios">The scenarios.</param>
    /// <param name="runs">The number of measured runs of each; null for its default.</param>
    /// <returns>True if there were some and all had figures.</returns>
    public async Task<bool> RunAsync(IReadOnlyCollection<Scenario> scenarios, int? runs)
    {
        if (scenarios.Count == 0)
        {
            await remarks.WriteLineAsync("No scenario has such a name; --list names them.");
            return false;
        }

        await remarks.WriteLineAsync(
            $"# {Environment.ProcessorCount} processors, .NET {Environment.Version}, server GC off, concurrent GC on, tiered compilation on, idle workers of the pool do not spin; medians");
        var succeeded = true;
        foreach (var scenario in scenarios)
            succeeded &= await RunAsync(scenario, runs ?? scenario.Runs);
        return succeeded;
    }

    private async Task<bool> RunAsync(Scenario scenario, int runs)
    {
        var figures = new FigureTable();
        try
        {
            var runsOfProcess = scenario.HasProcessPerRun ? 1 : runs;
            for (var first = 1; first <= runs; first += runsOfProcess)
            {
                await using var process = ProgramProcess.Start(CommandLine.ToMeasure(scenario.Name, first, runsOfProcess));
                while (await process.TryReadLineAsync() is { } line)
                    figures.AddLine(line);
                await process.EndAsync();
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            await remarks.WriteLineAsync($"{scenario.Name} failed: {exception.Message}");
            return false;
        }

        foreach (var line in figures.Lines)
            await output.WriteLineAsync(scenario.Note is { } note ? $"{line} {note}" : line);
        await output.FlushAsync();
        return !figures.IsEmpty;
    }
}
