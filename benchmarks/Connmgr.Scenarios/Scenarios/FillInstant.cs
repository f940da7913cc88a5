using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>From the start to the N-th hand-over, with an in-memory dialler that succeeds at once.</summary>
internal static class FillInstant
{
    public static IEnumerable<Scenario> All => [Create(8, warmUps: 500), Create(125, warmUps: 100), Create(1000, warmUps: 30), Create(10_000, warmUps: 8)];

    private static Scenario Create(int target, int warmUps) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fill_a_instant_{target}"), 15, async run =>
        {
            await using var fill = new Fill(target, static (_, _) => new(new StubStream()));
            var (cost, _) = await fill.RunAsync();
            run.Add(cost.Wall.TotalMilliseconds, "ms");
            run.Add("cpu", cost.Cpu.TotalMilliseconds, "ms");
        })
        { WarmUps = warmUps };
}
