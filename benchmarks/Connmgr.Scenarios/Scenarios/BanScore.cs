namespace Connmgr.Scenarios;

/// <summary>5,000,000 calls on one <see cref="DynamicBanScore"/>.</summary>
internal static class BanScore
{
    private const int Calls = 5_000_000;

    public static IEnumerable<Scenario> All =>
    [
        new("banscore_increase_1t", 9, MeasureIncreaseAsync),
        new("banscore_int_1t", 9, MeasureIntAsync),
        new("banscore_increase_2t", 9, MeasureTwoThreadsAsync),
    ];

    private static Task MeasureIncreaseAsync(ScenarioRun run)
    {
        var score = new DynamicBanScore();
        var meter = Meter.Start();
        Increase(score, Calls);
        run.Add(PerCall(meter.Read().Wall), "ns/op");
        return Task.CompletedTask;
    }

    private static Task MeasureIntAsync(ScenarioRun run)
    {
        var score = new DynamicBanScore();
        score.Increase(0, Calls);
        var meter = Meter.Start();
        for (var i = 0; i < Calls; i++)
            score.Int();
        run.Add(PerCall(meter.Read().Wall), "ns/op");
        return Task.CompletedTask;
    }

    /// <summary>Divides the calls between two threads: time and processor time are per call.</summary>
    private static async Task MeasureTwoThreadsAsync(ScenarioRun run)
    {
        var score = new DynamicBanScore();
        var meter = Meter.Start();
        await Task.WhenAll(Task.Run(() => Increase(score, Calls / 2)), Task.Run(() => Increase(score, Calls / 2)));
        var cost = meter.Read();
        run.Add("wall_per_op", PerCall(cost.Wall), "ns/op");
        run.Add("cpu_per_op", PerCall(cost.Cpu), "ns/op");
    }

    private static void Increase(DynamicBanScore score, int calls)
    {
        for (var i = 0; i < calls; i++)
            score.Increase(0, 1);
    }

    private static double PerCall(TimeSpan time) => time.TotalNanoseconds / Calls;
}
