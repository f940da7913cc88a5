using System.Net;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

public sealed class DashboardApiTests
{
    [Fact]
    public async Task Get_RunningNetwork_ShowsAllOfIt()
    {
        await using var run = await DashboardRun.StartAsync(target: 4, deadShare: 0.3);
        await run.FullAsync();
        var overview = await run.GetAsync("/api/v1/overview");
        await Eventually.TrueAsync(async () =>
        {
            // What is counted and remembered comes from the events, which are heard a moment later.
            overview = await run.GetAsync("/api/v1/overview");
            return overview.GetProperty("tally").GetProperty("connected").GetInt64() >= 4 && overview.GetProperty("seeds").GetArrayLength() > 0;
        });
        Assert.Equal("sandbox", overview.GetProperty("network").GetString());
        Assert.Equal(4, overview.GetProperty("health").GetProperty("automatic").GetInt32());
        Assert.True(overview.GetProperty("tally").GetProperty("dials").GetInt32() >= 4);
        var all = overview.GetProperty("addresses").EnumerateArray().Last();
        Assert.Equal("all", all.GetProperty("network").GetString());
        Assert.True(all.GetProperty("tried").GetInt32() >= 2); // Two of the four want the same place in one book of thousands.
        Assert.Equal("100.64.0.1:18555", overview.GetProperty("listening")[0].GetString());

        var peers = await run.GetAsync("/api/v1/peers");
        Assert.Equal(4, peers.GetProperty("items").EnumerateArray().Count(peer => peer.GetProperty("state").ValueEquals("connected")));
        var addresses = await run.GetAsync("/api/v1/addresses?table=tried&limit=2");
        Assert.Equal(2, addresses.GetProperty("items").GetArrayLength());
        Assert.True(addresses.GetProperty("total").GetInt32() >= 2);
        Assert.All(addresses.GetProperty("items").EnumerateArray(), address => Assert.Equal("tried", address.GetProperty("table").GetString()));

        JsonElement[] points = [];
        await Eventually.TrueAsync(async () =>
        {
            points = [.. (await run.GetAsync("/api/v1/history")).GetProperty("points").EnumerateArray()];
            return points.Length > 0 && points[^1].GetProperty("automatic").GetInt32() == 4 && points.Sum(static point => point.GetProperty("connected").GetInt32()) >= 4;
        });
        // A point may end before the first peer connects.
        Assert.True(points.First(static point => point.GetProperty("connected").GetInt32() > 0).GetProperty("connectMedian").GetDouble() > 0);
        var connected = (await run.GetAsync("/api/v1/decisions")).GetProperty("items").EnumerateArray()
            .First(decision => decision.GetProperty("what").ValueEquals("connected"));
        Assert.StartsWith("/", connected.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bans_AddAndRemove_AreTheListsOwn()
    {
        await using var run = await DashboardRun.StartAsync();
        await run.FullAsync();
        var peer = (await run.GetAsync("/api/v1/peers")).GetProperty("items")[0];
        var host = IPEndPoint.Parse(peer.GetProperty("address").GetString()!).Address;
        var added = await run.ChangeAsync("POST", "/api/v1/bans", $$"""{"address":"{{host}}","seconds":3600,"comment":"too loud"}""");
        Assert.Equal("added", added.GetProperty("outcome").GetString());
        Assert.Equal("too loud", Assert.Single(run.Network.Bans.GetBans()).Comment);
        await Eventually.TrueAsync(async () => (await run.GetAsync("/api/v1/decisions")).GetProperty("items").EnumerateArray().Any(decision =>
            decision.GetProperty("id").ValueKind == JsonValueKind.Number
            && decision.GetProperty("id").GetInt64() == peer.GetProperty("id").GetInt64()
            && decision.GetProperty("cause").ValueEquals("gateRefused")
            && decision.GetProperty("explanation").ValueEquals("The address was banned.")));

        var listed = (await run.GetAsync("/api/v1/bans")).GetProperty("items")[0].GetProperty("address").GetString()!;
        using var again = await run.SendAsync("POST", "/api/v1/bans", $$"""{"address":"{{host}}","seconds":60}""", run.Server.Token);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("already banned", (await DashboardRun.JsonAsync(again)).GetProperty("message").GetString(), StringComparison.Ordinal);
        await run.ChangeAsync("DELETE", $"/api/v1/bans?address={Uri.EscapeDataString(listed)}");
        Assert.Equal(0, run.Network.Bans.Count);
    }

    [Fact]
    public async Task Quarantine_ListAndRelease_AreTheNetworksOwn()
    {
        var data = Directory.CreateTempSubdirectory("connmgr-dashboard-");
        var chain = Testing.SandboxNetwork.SeededChain;
        var until = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1);
        var files = ChainDirectory.FromDataDirectory(data.FullName, chain);
        Directory.CreateDirectory(files.Folder);
        await QuarantineFile.SaveAsync(
            [new(NetworkEndPoint.Parse("8.8.1.1:8333"), 2, until), new(NetworkEndPoint.Parse("8.8.1.2:8333"), 1, until)], files.Quarantine, chain.Magic, TestContext.Current.CancellationToken);
        await using (var run = await DashboardRun.StartAsync(target: 0, data: data.FullName))
        {
            var listed = await run.GetAsync("/api/v1/quarantine?limit=1");
            Assert.Equal(2, listed.GetProperty("total").GetInt32());
            Assert.Equal(2, listed.GetProperty("items")[0].GetProperty("times").GetInt32());
            Assert.Equal(2, (await run.GetAsync("/api/v1/overview")).GetProperty("addresses").EnumerateArray().Last().GetProperty("quarantined").GetInt32());
            var released = await run.ChangeAsync("DELETE", "/api/v1/quarantine?address=8.8.1.1:8333");
            Assert.Equal("8.8.1.1:8333", released.GetProperty("items")[0].GetProperty("address").GetString());
            Assert.Equal("8.8.1.2:8333", Assert.Single(run.Network.Quarantine.GetResting()).EndPoint.ToString());
            Assert.Equal(1, (await run.ChangeAsync("DELETE", "/api/v1/quarantine?address=all")).GetProperty("total").GetInt32());
            Assert.Equal(0, run.Network.Quarantine.RestingCount);
            Assert.Equal(0, (await run.ChangeAsync("DELETE", "/api/v1/quarantine?address=all")).GetProperty("total").GetInt32());
        }

        data.Delete(recursive: true);
    }

    [Fact]
    public async Task Rotate_OnePeer_IsReplaced_AndPeersHaveRatings()
    {
        await using var run = await DashboardRun.StartAsync(target: 2);
        await run.FullAsync();
        var before = await IdsAsync(run);
        var rotated = await run.ChangeAsync("POST", "/api/v1/rotate", """{"count":1}""");
        Assert.Equal(("default", 1), (rotated.GetProperty("group").GetString(), rotated.GetProperty("replaced").GetInt32()));
        await Eventually.TrueAsync(async () => (await IdsAsync(run)) is { Count: 2 } ids && ids.Intersect(before).Count() == 1);
        foreach (var (body, message) in new[] { ("""{"count":0}""", "from 1 to 10000"), ("""{"seconds":1e9}""", "at most 3600 s"), ("""{"group":"none"}""", "use default") })
        {
            using var refused = await run.SendAsync("POST", "/api/v1/rotate", body, run.Server.Token);
            Assert.Contains(message, (await DashboardRun.JsonAsync(refused)).GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.All((await run.GetAsync("/api/v1/peers")).GetProperty("items").EnumerateArray(), static peer => Assert.NotEmpty(peer.GetProperty("ratingReasons").EnumerateArray()));
    }

    [Fact]
    public async Task Peers_ConnectDisconnectRemoveTarget_ChangeTheRun()
    {
        await using var run = await DashboardRun.StartAsync(target: 2);
        await run.FullAsync();
        var first = (await run.GetAsync("/api/v1/peers")).GetProperty("items")[0].GetProperty("id").GetInt64();
        await run.ChangeAsync("POST", $"/api/v1/peers/{first}/disconnect");
        await Eventually.TrueAsync(async () => (await IdsAsync(run)) is { Count: 2 } ids && !ids.Contains(first));

        Assert.Equal(2, (await run.ChangeAsync("PUT", "/api/v1/target", """{"target":3}""")).GetProperty("previous").GetInt32());
        await Eventually.TrueAsync(async () => (await IdsAsync(run)).Count == 3);

        var known = (await run.GetAsync("/api/v1/peers")).GetProperty("items")[0].GetProperty("address").GetString()!;
        await run.ChangeAsync("PUT", "/api/v1/target", """{"target":0}""");
        await Eventually.TrueAsync(async () => (await IdsAsync(run)).Count == 0);
        var connected = await run.ChangeAsync("POST", "/api/v1/peers", $$"""{"address":"{{known}}","permanent":true}""");
        Assert.True(connected.GetProperty("connected").GetBoolean(), connected.GetRawText());
        var id = connected.GetProperty("id").GetInt64();
        Assert.Equal("permanent", (await run.ChangeAsync("DELETE", $"/api/v1/peers/{id}")).GetProperty("kind").GetString());
        await Eventually.TrueAsync(async () => (await run.GetAsync("/api/v1/peers")).GetProperty("total").GetInt32() == 0);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, 404)]
    [InlineData("GET", "/../etc/passwd", null, 404)]
    [InlineData("PUT", "/api/v1/peers", "{}", 405)]
    [InlineData("GET", "/api/v1/peers?limit=1001", null, 400)]
    [InlineData("GET", "/api/v1/peers?limit=-1", null, 400)]
    [InlineData("GET", "/api/v1/addresses?network=ipx", null, 400)]
    [InlineData("GET", "/api/v1/history?step=year", null, 400)]
    [InlineData("POST", "/api/v1/bans", "{", 400)]
    [InlineData("POST", "/api/v1/bans", "null", 400)]
    [InlineData("POST", "/api/v1/bans", """{"seconds":1}""", 400)]
    [InlineData("POST", "/api/v1/bans", """{"address":"nobody"}""", 409)]
    [InlineData("DELETE", "/api/v1/bans", null, 400)]
    [InlineData("DELETE", "/api/v1/bans?address=1.2.3.4", null, 409)]
    [InlineData("DELETE", "/api/v1/quarantine", null, 400)]
    [InlineData("DELETE", "/api/v1/quarantine?address=nobody", null, 409)]
    [InlineData("DELETE", "/api/v1/quarantine?address=1.2.3.4", null, 409)]
    [InlineData("POST", "/api/v1/rotate", """{"count":0}""", 409)]
    [InlineData("POST", "/api/v1/rotate", """{"group":"none"}""", 409)]
    [InlineData("POST", "/api/v1/rotate", """{"seconds":1e9}""", 409)]
    [InlineData("POST", "/api/v1/rotate", "{}", 409)]
    [InlineData("DELETE", "/api/v1/peers/999999", null, 409)]
    [InlineData("DELETE", "/api/v1/peers/x", null, 400)]
    [InlineData("PUT", "/api/v1/target", """{"target":-1}""", 409)]
    [InlineData("PUT", "/api/v1/target", """{"target":10001}""", 409)]
    public async Task Send_WhatCannotBeDone_SaysWhy(string method, string path, string? body, int status)
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        using var response = await run.SendAsync(method, path, body, run.Server.Token);
        Assert.Equal(status, (int)response.StatusCode);
        var error = await DashboardRun.JsonAsync(response);
        Assert.NotEmpty(error.GetProperty("code").GetString()!);
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Send_BodyThatIsTooLongOrNoJson_IsRefused()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        using var tooLong = await run.SendAsync("POST", "/api/v1/bans", $$"""{"address":"{{new string('1', 17 << 10)}}"}""", run.Server.Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        using var form = new HttpRequestMessage(HttpMethod.Post, "/api/v1/bans")
        {
            Content = new StringContent("""{"address":"1.2.3.4"}""", Encoding.UTF8, "text/plain"),
        };
        form.Headers.Add("Authorization", $"Bearer {run.Server.Token}");
        using var notJson = await run.Client.SendAsync(form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, notJson.StatusCode);
        Assert.Equal(0, run.Network.Bans.Count);
    }

    [Fact]
    public async Task Send_EveryChange_TakesTheTokenAndOurOrigin()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var changes = run.Server.Endpoints.Select(endpoint => endpoint.Metadata.GetRequiredMetadata<DashboardRoute>())
            .Where(route => route.Method is not "GET" || route.Access == DashboardRouteAccess.Change)
            .ToList();
        Assert.True(changes.Count >= 7, "Changes are missing.");
        foreach (var change in changes)
        {
            var path = change.Path.Replace("{id}", "1", StringComparison.Ordinal);
            using var without = await run.SendAsync(change.Method, path, "{}");
            using var wrong = await run.SendAsync(change.Method, path, "{}", "wrong");
            using var elsewhere = await run.SendAsync(change.Method, path, "{}", run.Server.Token, ("Origin", "http://attacker.example"));
            using var rebound = await run.SendAsync(change.Method, path, "{}", run.Server.Token, ("Host", "attacker.example"));
            Assert.Equal(
                [HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.MisdirectedRequest],
                [without.StatusCode, wrong.StatusCode, elsewhere.StatusCode, rebound.StatusCode]);
        }
    }

    [Fact]
    public async Task Send_AnyPath_OtherHostLearnsNothing()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        foreach (var path in (string[])["/", "/dashboard.js", "/api/v1/overview", "/api/v1/events", "/metrics", "/healthz", "/nothing"])
        {
            using var response = await run.SendAsync("GET", path, headers: ("Host", "attacker.example"));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task Send_RemoteDashboard_ReadingTakesTheToken()
    {
        await using var run = await DashboardRun.StartAsync(target: 0, settings: new DashboardSettings { Address = IPAddress.Any, Port = 0 });
        var port = run.Server.Address.Port;
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        foreach (var route in run.Server.Endpoints.Select(endpoint => endpoint.Metadata.GetRequiredMetadata<DashboardRoute>()).Where(route => route.Method is "GET"))
        {
            using var response = await client.GetAsync(route.Path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            var isOpen = route.Access == DashboardRouteAccess.Open;
            Assert.True(isOpen ? response.StatusCode is not HttpStatusCode.Unauthorized : response.StatusCode is HttpStatusCode.Unauthorized, route.Path);
            Assert.True(!isOpen || !route.Path.StartsWith("/api", StringComparison.Ordinal) || route.Path.EndsWith("openapi.json", StringComparison.Ordinal), route.Path);
        }
    }

    [Fact]
    public async Task Get_Page_HasHeadersThatKeepBrowsersCareful()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        using var page = await run.SendAsync("GET", "/");
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.False(page.Headers.Contains("Server"));
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        using var same = await run.SendAsync("GET", "/", headers: ("If-None-Match", page.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task Health_FollowsThePeers()
    {
        await using var run = await DashboardRun.StartAsync(target: 3);
        await run.FullAsync();
        Assert.Equal((200, "healthy"), await HealthAsync(run));
        run.Network.Bans.Add(BanTarget.Parse("0.0.0.0/0"), TimeSpan.FromHours(1), BanCause.Manual, "all of them");
        run.Network.Bans.Add(BanTarget.Parse("::/0"), TimeSpan.FromHours(1), BanCause.Manual, "all of them");
        await Eventually.TrueAsync(async () => await HealthAsync(run) is (503, "unhealthy"));
        await run.ChangeAsync("PUT", "/api/v1/target", """{"target":0}""");
        Assert.Equal((200, "healthy"), await HealthAsync(run));
        await run.Network.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal((503, "unhealthy"), await HealthAsync(run));
    }

    [Fact]
    public async Task Health_SomePeersMissing_IsDegraded()
    {
        var nobody = new DnsEndPoint("nobody.invalid", 1);
        await using var run = await DashboardRun.StartAsync(target: 2, permanent: [nobody]);
        await Eventually.TrueAsync(async () => await HealthAsync(run) is (200, "degraded"));
        var health = await run.GetAsync("/healthz");
        await Eventually.TrueAsync(async () => (await run.GetAsync("/healthz")).GetProperty("reason").ValueEquals("2 of 3 outbound peers are connected."));
        Assert.Equal(1, health.GetProperty("permanentWanted").GetInt32());
    }

    [Fact]
    public async Task Metrics_Scrape_HasOursAndThoseOfDotnet()
    {
        await using var run = await DashboardRun.StartAsync();
        await run.FullAsync();
        using var response = await run.SendAsync("GET", "/metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\nconnmgr_", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);
        Assert.Contains("service_name=\"connmgr\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_InADirectory_IsItsOwnersAlone()
    {
        var path = Directory.CreateTempSubdirectory("connmgr-dashboard-").FullName;
        try
        {
            string file;
            await using (var run = await DashboardRun.StartAsync(target: 0, directory: DataDirectory.Open(path)))
            {
                file = Path.Combine(path, DashboardToken.FileName);
                Assert.Equal(run.Server.Token, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim());
                if (!OperatingSystem.IsWindows())
                    Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
                Assert.Contains(file, run.Server.Invitation, StringComparison.Ordinal);
                Assert.DoesNotContain(run.Server.Token, run.Server.Invitation, StringComparison.Ordinal); // It may be logged.
            }

            Assert.False(File.Exists(file));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public async Task Start_PortInUse_SaysWhatToDo()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var settings = new DashboardSettings { Address = IPAddress.Loopback, Port = run.Server.Address.Port };
        var exception = await Assert.ThrowsAsync<ToolException>(() => DashboardRun.StartAsync(target: 0, settings: settings));
        Assert.Contains("Give --dashboard another", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string? Health)> HealthAsync(DashboardRun run)
    {
        using var response = await run.SendAsync("GET", "/healthz");
        return ((int)response.StatusCode, (await DashboardRun.JsonAsync(response)).GetProperty("status").GetString());
    }

    private static async Task<List<long>> IdsAsync(DashboardRun run) =>
    [
        .. (await run.GetAsync("/api/v1/peers")).GetProperty("items").EnumerateArray()
            .Where(peer => peer.GetProperty("state").ValueEquals("connected"))
            .Select(peer => peer.GetProperty("id").GetInt64()),
    ];
}
