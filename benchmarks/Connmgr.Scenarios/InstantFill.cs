using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>From the start to the N-th hand-over, with a dialler that succeeds at once.</summary>
internal static class InstantFill
{
    public static IEnumerable<Scenario> All => [Of(8), Of(125), Of(1000), Of(10_000)];

    private static Scenario Of(int target) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fill_a_instant_{target}"), "ms", 9, _ => MeasureAsync(target));

    private static async Task<double> MeasureAsync(int target)
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handed = 0;
        var addresses = new DistinctAddresses();
        await using var manager = new ConnectionManager(new()
        {
            TargetOutbound = target,
            Dial = static (_, _) => new(Stream.Null),
            GetNewAddress = _ => new(addresses.Next()),
            OnConnection = (_, connection, _) =>
            {
                if (Interlocked.Increment(ref handed) == target)
                    full.SetResult();
                return connection.Closed;
            },
            MaxOutboundPerNetgroup = int.MaxValue,
        });
        var started = TimeProvider.System.GetTimestamp();
        await manager.StartAsync();
        await full.Task;
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}

/// <summary>Routable addresses, each given once.</summary>
internal sealed class DistinctAddresses
{
    private int _next;

    public EndPoint Next()
    {
        var n = _next++;
        return new IPEndPoint(new IPAddress([(byte)(20 + (n >> 16)), (byte)(n >> 8), (byte)n, 1]), 8333);
    }
}
