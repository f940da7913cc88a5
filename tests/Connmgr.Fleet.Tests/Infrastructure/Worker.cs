using System.Globalization;
using System.Net;

namespace Connmgr.Fleet.Tests;

/// <summary>A process of a fleet that claims some addresses and holds them until it is killed.</summary>
internal static class Worker
{
    public static async Task<int> RunAsync(string redis, string fleet, string lease, string[] addresses)
    {
        var duration = TimeSpan.FromSeconds(double.Parse(lease, CultureInfo.InvariantCulture));
        await using var connection = await FleetConnection.ConnectAsync(new FleetOptions { Redis = redis, Fleet = fleet, LeaseDuration = duration });
        await connection.WhenReadyAsync();
        foreach (var address in addresses)
        {
            if (await connection.Claims.TryClaimAsync(IPEndPoint.Parse(address)) is null)
                return 1;
        }

        Console.WriteLine("claimed");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        return 0;
    }
}
