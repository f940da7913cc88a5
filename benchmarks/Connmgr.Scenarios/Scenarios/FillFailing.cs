using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>
/// In memory; nine addresses in ten fail at once, as those of hosts that refuse. The dial bucket has its default size: it never runs out here. Each run has another world.
/// </summary>
internal static class FillFailing
{
    private const uint OneGoodIn = 10;

    public static IEnumerable<Scenario> All =>
    [
        .. Create("retry5s", TimeSpan.FromSeconds(5)),
        .. Create("retry1ms", TimeSpan.FromMilliseconds(1)),
    ];

    private static IEnumerable<Scenario> Create(string name, TimeSpan retry) =>
    [
        Create(name, retry, 8, runs: 61, warmUps: 100),
        Create(name, retry, 125, runs: 31, warmUps: 30),
        Create(name, retry, 1000, runs: 9, warmUps: 5),
        Create(name, retry, 10_000, runs: 5, warmUps: 2),
    ];

    private static Scenario Create(string name, TimeSpan retry, int target, int runs, int warmUps) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fill_c_90pct_fail_{name}_{target}"), runs, async run =>
        {
            await using var fill = new Fill(target, (endPoint, _) => DialAsync(run.Number, endPoint), options => options.RetryDuration = retry);
            var (cost, dials) = await fill.RunAsync();
            run.Add(cost.Wall.TotalSeconds, "s");
            run.Add("cpu", cost.Cpu.TotalSeconds, "s");
            run.Add("dials", dials, "dials");
        })
        { WarmUps = warmUps };

    private static ValueTask<Stream> DialAsync(int seed, EndPoint endPoint) => HashWorld.IsMultiple(seed, NumberedAddresses.GetNumber(endPoint), OneGoodIn)
        ? new(new StubStream())
        : ValueTask.FromException<Stream>(new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "refused"));
}
