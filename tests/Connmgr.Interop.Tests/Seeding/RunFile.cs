using System.Net;
using System.Text.Json;

namespace Connmgr.Interop.Seeding;

/// <summary>What a <c>connmgr run --json</c> has written into a file so far.</summary>
internal sealed class RunFile(string path)
{
    /// <summary>The events that are complete.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync(cancellationToken);
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    /// <summary>Waits until it is full; gives all events up to that one.</summary>
    public async Task<IReadOnlyList<JsonElement>> WaitUntilFullAsync(ServerProcess process, CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement> events = [];
        await Poll.UntilAsync(
            async token =>
            {
                Assert.False(process.HasExited, $"connmgr run ended: {process.Output}");
                events = await ReadAsync(token);
                return events.Any(IsFull);
            },
            () => $"not full; the last of {events.Count} events: {string.Join('\n', events.TakeLast(5))}\n{process.Output}",
            cancellationToken);
        return [.. events.TakeWhile(happened => !IsFull(happened)), events.First(IsFull)];
    }

    /// <summary>The addresses connected after all these events.</summary>
    public static IReadOnlyList<IPAddress> Connected(IEnumerable<JsonElement> events)
    {
        var connected = new Dictionary<long, IPAddress>();
        foreach (var happened in events)
        {
            if (Is(happened, "connected"))
                connected[happened.GetProperty("id").GetInt64()] = IPEndPoint.Parse(happened.GetProperty("address").GetString()!).Address;
            else if (Is(happened, "disconnected"))
                connected.Remove(happened.GetProperty("id").GetInt64());
        }

        return [.. connected.Values];
    }

    public static int Count(IEnumerable<JsonElement> events, string name) => events.Count(happened => Is(happened, name));

    public static double SecondsToFull(IEnumerable<JsonElement> events) => events.Single(IsFull).GetProperty("seconds").GetDouble();

    private static bool IsFull(JsonElement happened) => Is(happened, "full");

    private static bool Is(JsonElement happened, string name) => happened.GetProperty("event").ValueEquals(name);
}
