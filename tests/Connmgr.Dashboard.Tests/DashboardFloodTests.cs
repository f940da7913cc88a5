using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool.Tests;

/// <summary>Connections that are there to keep others out.</summary>
public sealed class DashboardFloodTests
{
    private const int Flood = 100;

    [Theory]
    [InlineData("")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")]
    [InlineData("POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{")]
    [InlineData("POST /api/v1/bans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task AnyRequest_BesideManyConnections_IsAnswered(string says)
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var sockets = new List<Socket>();
        foreach (var hosts in (int[])(OperatingSystem.IsLinux() ? [1, Flood] : [1])) // Other systems have 127.0.0.1 alone.
        {
            for (var i = 0; i < Flood; i++)
                sockets.Add(await ConnectAsync(run, hosts == 1 ? 1 : i + 2, says));
            for (var i = 0; i < 3; i++)
            {
                using var client = new HttpClient { BaseAddress = run.Server.Address };
                foreach (var path in (string[])["/healthz", "/api/v1/overview"])
                {
                    using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }
            }
        }

        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Healthz_WhereAllPlacesOfAHostAreServed_IsAnsweredAlone()
    {
        await using var run = await DashboardRun.StartAsync(target: 0, sandbox: sandbox => sandbox.SilentShare = 1);
        var busy = run.Silent.Take(DashboardPlaces.DefaultMax / 2)
            .Select(address => run.SendAsync("POST", "/api/v1/peers", $$"""{"address":"{{address}}"}""", run.Server.Token)).ToList();
        await Eventually.TrueAsync(async () =>
            (await run.Network.Connections.GetSnapshotAsync(TestContext.Current.CancellationToken)).Attempts.Length == busy.Count);
        using (var overview = await run.SendAsync("GET", "/api/v1/overview"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, overview.StatusCode);
            Assert.Equal(ControlError.TooManyClients, (await DashboardRun.JsonAsync(overview)).GetProperty("code").GetString());
        }

        using (var health = await run.SendAsync("GET", "/healthz"))
        {
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
            Assert.True(health.Headers.ConnectionClose);
        }

        Assert.DoesNotContain(busy, task => task.IsCompleted);
        await run.Server.DisposeAsync();
        await ((Task)Task.WhenAll(busy)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static async Task<Socket> ConnectAsync(DashboardRun run, int host, string says)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (host > 1)
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)host]), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, run.Server.Address.Port), TestContext.Current.CancellationToken);
        try
        {
            if (says.Length > 0)
                await socket.SendAsync(Encoding.ASCII.GetBytes(says), TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // It has made room for another already.
        }

        return socket;
    }
}
