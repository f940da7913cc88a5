using System.Net;

namespace Connmgr.Scenarios;

/// <summary>8 slots; every other address hangs 5 s and then fails, the rest connect in 50 ms. Run n is world n, in real time.</summary>
internal static class FillBlackHoles
{
    private const uint OneDeadIn = 2;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<Scenario> All =>
    [
        new("fill_d_blackholes_8", 61, async run =>
        {
            await using var fill = new Fill(8, (endPoint, token) => DialAsync(run.Number, endPoint, token));
            var (cost, dials) = await fill.RunAsync();
            run.Add(cost.Wall.TotalSeconds, "s");
            run.Add("dials", dials, "dials");
        }),
    ];

    private static async ValueTask<Stream> DialAsync(int seed, EndPoint endPoint, CancellationToken cancellationToken)
    {
        if (!HashWorld.IsMultiple(seed, NumberedAddresses.GetNumber(endPoint), OneDeadIn))
        {
            await Task.Delay(Latency, TimeProvider.System, cancellationToken);
            return new StubStream();
        }

        await Task.Delay(Hang, TimeProvider.System, cancellationToken);
        throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Timeout, "no answer");
    }
}
