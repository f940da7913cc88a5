using System.Net;

namespace Connmgr.Tool.Tests;

public sealed class RunWatchTests
{
    /// <summary>Each request makes three events, and all of them more than the 1,024 that are kept for a watcher.</summary>
    private const int Requests = 2000;

    [Fact]
    public async Task Watch_ThatFallsBehind_GetsOneDroppedAndASnapshot()
    {
        await using var manager = new ConnectionManager(new ConnectionManagerOptions
        {
            TargetOutbound = 0,
            Dial = (_, _) => throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "No."),
        });
        await manager.StartAsync(TestContext.Current.CancellationToken);
        using var pair = new ControlPair(
            TimeProvider.System, capacity: 1, new RunWatch(manager, new RunInfo("sandbox", 0, [], static () => [], null), () => new RunFacts(), static _ => new([])).Handlers);
        await pair.SendAsync("{\"id\":1,\"command\":\"watch\"}\n");
        await pair.ReadAsync();
        Assert.Equal("snapshot", await NextAsync(pair));

        // It writes this, and waits for a reader, while all the rest happens.
        var writes = pair.Writes;
        await manager.SetTargetOutboundAsync(1);
        await Eventually.TrueAsync(() => Task.FromResult(pair.Writes > writes));
        for (var i = 0; i < Requests; i++)
            manager.Connect(new IPEndPoint(IPAddress.Loopback, i + 1));
        await Eventually.TrueAsync(async () => (await manager.GetSnapshotAsync()).Requests.IsEmpty);

        Assert.Equal("limitsChanged", await NextAsync(pair));
        var (seen, dropped, names) = (0, 0L, new List<string>());
        while (seen + dropped < Requests * 3 || names[^1] is not "snapshot")
        {
            var item = (await pair.ReadAsync())!.Value.GetProperty("item");
            names.Add(item.GetProperty("event").GetString()!);
            if (names[^1] is "dropped")
                dropped += item.GetProperty("count").GetInt64();
            else if (names[^1] is not "snapshot")
                seen++;
        }

        Assert.Single(names, "dropped");
        Assert.Equal("snapshot", names[names.IndexOf("dropped") + 1]);
        Assert.Equal(Requests * 3, seen + dropped);
        Assert.InRange(seen, 0, 10); // Those that were under way.
        await manager.SetTargetOutboundAsync(0);
        Assert.Equal("limitsChanged", await NextAsync(pair));
        pair.EndInput();
        Assert.Equal("""{"id":1,"done":true}""", Assert.Single(await pair.ReadToEndAsync()).GetRawText());
        await pair.Served;
    }

    private static async Task<string?> NextAsync(ControlPair pair) =>
        (await pair.ReadAsync())?.GetProperty("item").GetProperty("event").GetString();
}
