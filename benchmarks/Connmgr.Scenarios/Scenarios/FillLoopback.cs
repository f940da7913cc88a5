using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>From the start to the N-th hand-over, over loopback TCP to a listener in another process.</summary>
internal static class FillLoopback
{
    public static IEnumerable<Scenario> All => [Create(8, warmUps: 200), Create(125, warmUps: 30), Create(1000, warmUps: 5), Create(10_000, warmUps: 2)];

    private static Scenario Create(int target, int warmUps) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fill_b_loopback_{target}"), 9, async run =>
        {
            var listener = await Listeners.SharedAsync();
            await using (var fill = NewFill(target, listener.EndPoint))
            {
                var (cost, _) = await fill.RunAsync();
                run.Add(cost.Wall.TotalMilliseconds, "ms");
                run.Add("cpu", cost.Cpu.TotalMilliseconds, "ms");
            }

            await listener.RenewAsync();
        })
        { WarmUps = warmUps };

    /// <summary>Creates options where every address is the same.</summary>
    public static Fill NewFill(int target, IPEndPoint listener, Func<Connection, CancellationToken, Task>? handler = null)
    {
        var dialer = new TcpDialer();
        return new(target, (_, token) => dialer.DialAsync(listener, token), static options => options.AllowDuplicateAddresses = true, handler);
    }
}
