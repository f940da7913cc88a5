using System.Globalization;

namespace Connmgr.Scenarios;

/// <summary>
/// Holds so many inbound connections of a client process of its own, read or not, and writes its figures: resident and heap bytes of each, then, when it read another
/// line, a number of seconds, the milliseconds of processor time that so long a rest costs.
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
