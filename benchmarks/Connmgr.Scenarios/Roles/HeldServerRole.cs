using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>
/// Holds a number of inbound connections from a client process that it starts, read or not, and writes its figures: resident and heap bytes of each, then, for each number of
/// seconds that it reads, the milliseconds of processor time that resting this long costs.
/// </summary>
internal static class HeldServerRole
{
    public const string Name = "held-server";

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        await using var held = await HeldConnections.HoldAsync(
            int.Parse(arguments[0], CultureInfo.InvariantCulture), isRead: string.Equals(arguments[1], "read", StringComparison.Ordinal));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{held.ResidentBytesEach:r} {held.HeapBytesEach:r}"));
        while (await Console.In.ReadLineAsync() is { } seconds)
        {
            var idle = await IdleTime.MeasureAsync(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
            Console.WriteLine(idle.Cpu.TotalMilliseconds.ToString("r", CultureInfo.InvariantCulture));
        }
    }
}
