using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>Memory of inbound connections that are held: 10,000 in one process, and 20,000 in two, whose clients are two more.</summary>
internal static class Held
{
    private const int OneProcess = 10_000;
    private const int IdleSeconds = 30;

    public static IEnumerable<Scenario> All =>
    [
        Create("held_10000_noread", isRead: false),
        Create("held_10000_read", isRead: true),
        new("held_floor_read", 5, MeasureFloorAsync) { WarmUps = 0, HasProcessPerRun = true },
        new("scale_held_20000_read", 3, MeasureTwoProcessesAsync) { WarmUps = 0, HasProcessPerRun = true, Note = InboundWorld.Note },
    ];

    private static Scenario Create(string name, bool isRead) =>
        new(name, 5, async run =>
        {
            await using var held = await HeldConnections.HoldAsync(OneProcess, isRead);
            run.Add(held.ResidentBytesEach, "B/conn");
            run.Add("heap", held.HeapBytesEach, "B/conn");
        })
        { WarmUps = 0, HasProcessPerRun = true, Note = InboundWorld.Note };

    /// <summary>Measures the same without a manager: sockets that wait in a read, as cheap as the runtime allows.</summary>
    private static async Task MeasureFloorAsync(ScenarioRun run)
    {
        await using var held = await BareConnections.HoldAsync(OneProcess);
        run.Add(held.ResidentBytesEach, "B/conn");
        run.Add("heap", held.HeapBytesEach, "B/conn");
    }

    private static async Task MeasureTwoProcessesAsync(ScenarioRun run)
    {
        string[] arguments = [OneProcess.ToString(CultureInfo.InvariantCulture), "read"];
        await using var first = ProgramProcess.StartRole(HeldServerRole.Name, arguments);
        await using var second = ProgramProcess.StartRole(HeldServerRole.Name, arguments);
        var memory = await Task.WhenAll(first.ReadLineAsync(), second.ReadLineAsync());
        var figures = memory.Select(static line => line.Split(' ').Select(static text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        run.Add(figures.Average(static figure => figure[0]), "B/conn");
        run.Add("heap", figures.Average(static figure => figure[1]), "B/conn");
        var seconds = IdleSeconds.ToString(CultureInfo.InvariantCulture);
        var cpu = await Task.WhenAll(first.AskAsync(seconds), second.AskAsync(seconds));
        run.Add("idle_cpu", cpu.Sum(static text => double.Parse(text, CultureInfo.InvariantCulture)), "ms/30s");
    }
}
