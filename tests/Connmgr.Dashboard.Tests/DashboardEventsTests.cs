using System.Net;
using System.Text.Json;

namespace Connmgr.Tool.Tests;

public sealed class DashboardEventsTests
{
    [Fact]
    public async Task Events_NewClient_GetsASnapshotThenWhatHappens()
    {
        await using var run = await DashboardRun.StartAsync(target: 2);
        await run.FullAsync();
        using var watcher = await Watcher.OpenAsync(run);
        var snapshot = await watcher.NextAsync();
        Assert.Equal("snapshot", snapshot.GetProperty("event").GetString());
        Assert.True(snapshot.GetProperty("addresses").EnumerateObject().Any());
        Assert.True(snapshot.GetProperty("seeding").GetProperty("answered").GetInt32() > 0);
        Assert.Equal(0, snapshot.GetProperty("bans").GetInt32());
        var count = snapshot.GetProperty("peers").GetInt32();
        var ids = new HashSet<long>();
        for (var i = 0; i < count; i++)
        {
            var peer = await watcher.NextAsync();
            Assert.Equal("peer", peer.GetProperty("event").GetString());
            ids.Add(peer.GetProperty("id").GetInt64());
        }

        Assert.Equal(count, ids.Count);
        await run.ChangeAsync("PUT", "/api/v1/target", """{"target":1}""");
        var names = new List<string>();
        while (!names.Contains("disconnected"))
            names.Add((await watcher.NextAsync()).GetProperty("event").GetString()!);
        Assert.True(names.IndexOf("limitsChanged") is >= 0 and var limits && limits < names.IndexOf("disconnected"), string.Join(' ', names));
    }

    [Fact]
    public async Task Events_ManyChanges_ComeInOrder()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        using var watcher = await Watcher.OpenAsync(run);
        var seen = new List<int>();
        for (var target = 1; target <= 50; target++)
            await run.Network.Connections.SetMaxInboundAsync(target, TestContext.Current.CancellationToken);
        while (seen.Count < 50)
        {
            var happened = await watcher.NextAsync();
            if (happened.GetProperty("event").ValueEquals("limitsChanged"))
                seen.Add(happened.GetProperty("maxInbound").GetInt32());
        }

        Assert.Equal(Enumerable.Range(1, 50), seen);
    }

    [Fact]
    public async Task Events_MoreClientsOfAHostThanItsShare_AreRefusedUntilOneGoes()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var watchers = new List<Watcher>();
        for (var i = 0; i < EventClients.MaxPerHost; i++)
            watchers.Add(await Watcher.OpenAsync(run));
        using (var refused = await run.SendAsync("GET", "/api/v1/events"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("tooManyClients", (await DashboardRun.JsonAsync(refused)).GetProperty("code").GetString());
        }

        watchers[0].Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var response = await run.SendAsync("GET", "/api/v1/events");
            return response.IsSuccessStatusCode;
        });
        watchers.ForEach(watcher => watcher.Dispose());
    }

    [Fact]
    public void TryTake_OfManyHosts_GivesEachItsShareOfAll()
    {
        using var clients = new EventClients();
        var (one, other, third) = (Host("10.0.0.1"), Host("10.0.0.2"), Host("10.0.0.3"));
        var places = Enumerable.Range(0, EventClients.MaxPerHost).Select(_ => clients.TryTake(one)).ToList();
        Assert.DoesNotContain(null, places);
        Assert.Null(clients.TryTake(one));
        for (var i = EventClients.MaxPerHost; i < EventClients.Max; i++)
            Assert.NotNull(clients.TryTake(other));
        Assert.Null(clients.TryTake(third));
        places[0]!.Dispose();
        places[0]!.Dispose();
        Assert.NotNull(clients.TryTake(third));
        Assert.Null(clients.TryTake(third));

        static ClientHost Host(string address) => ClientHost.From(IPAddress.Parse(address));
    }

    [Fact]
    public async Task Dispose_ClientWatches_EndsItsStream()
    {
        var run = await DashboardRun.StartAsync(target: 0);
        using var watcher = await Watcher.OpenAsync(run);
        await watcher.NextAsync();
        await run.Server.DisposeAsync();
        await watcher.EndsAsync();
        await run.DisposeAsync();
    }

    /// <summary>A client of the events.</summary>
    private sealed class Watcher(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<Watcher> OpenAsync(DashboardRun run)
        {
            var response = await run.SendAsync("GET", "/api/v1/events");
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new Watcher(response, new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
        }

        public async Task<JsonElement> NextAsync()
        {
            while (true)
            {
                var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
                Assert.NotNull(line);
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                    return JsonElement.Parse(line.AsSpan(6));
                Assert.True(line.Length == 0 || line[0] == ':', line);
            }
        }

        public async Task EndsAsync()
        {
            try
            {
                while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is not null)
                {
                    // What was under way.
                }
            }
            catch (Exception exception) when (exception is HttpIOException or IOException)
            {
                // Cut off: that is an end, too.
            }
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
