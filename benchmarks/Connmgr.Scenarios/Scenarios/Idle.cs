namespace Connmgr.Scenarios;

/// <summary>Automatic outbound connections over loopback that do nothing, each waiting in a read.</summary>
internal static class Idle
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    public static IEnumerable<Scenario> All =>
    [
        new("idle_1000_read", 3, static run => MeasureAsync(run, 1000)) { WarmUps = 0, HasProcessPerRun = true },
        new("idle_floor", 3, MeasureFloorAsync) { WarmUps = 0, HasProcessPerRun = true },
        new("scale_outbound_10000_read", 3, static run => MeasureAsync(run, 10_000)) { WarmUps = 0, HasProcessPerRun = true },
    ];

    /// <summary>Measures the same without a manager and a connection: the cost of the runtime alone, including the timer of the measurement.</summary>
    private static async Task MeasureFloorAsync(ScenarioRun run)
    {
        var (cpu, switches) = await IdleTime.MeasureAsync(Time);
        run.Add(cpu.TotalMilliseconds, "ms/30s");
        run.Add("switches", switches, "switches/30s");
        run.Add("rss", Footprint.ResidentBytes() / 1e6, "MB");
    }

    private static async Task MeasureAsync(ScenarioRun run, int target)
    {
        var listener = await Listeners.SharedAsync();
        await using (var warmUp = FillLoopback.NewFill(100, listener.EndPoint, WaitingRead.UntilSomethingAsync))
            await warmUp.RunAsync();
        await listener.RenewAsync();
        var before = Footprint.Take();
        await using var fill = FillLoopback.NewFill(target, listener.EndPoint, WaitingRead.UntilSomethingAsync);
        var (filling, _) = await fill.RunAsync();
        var after = Footprint.Take();
        var (cpu, switches) = await IdleTime.MeasureAsync(Time);
        run.Add(cpu.TotalMilliseconds, "ms/30s");
        run.Add("switches", switches, "switches/30s");
        run.Add("rss", Footprint.ResidentBytes() / 1e6, "MB");
        run.Add("bytes", (double)(after.Resident - before.Resident) / target, "B/conn");
        run.Add("fill", filling.Wall.TotalMilliseconds, "ms");
    }
}
