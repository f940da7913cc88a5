using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool.Tests;

/// <summary>A network in memory, its dashboard on loopback, and a client of it. All of it ends when disposed of.</summary>
internal sealed class DashboardRun : IAsyncDisposable
{
    private readonly SandboxNetwork _sandbox;
    private readonly DataDirectory? _directory;

    private DashboardRun(SandboxNetwork sandbox, PeerNetwork network, DashboardServer server, DataDirectory? directory)
    {
        (_sandbox, Network, Server, _directory) = (sandbox, network, server, directory);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public PeerNetwork Network { get; }

    public DashboardServer Server { get; }

    /// <summary>A client that sends only the headers that a test sets.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts one.</summary>
    /// <param name="target">Automatic peers to keep.</param>
    /// <param name="deadShare">The share of addresses that are dead.</param>
    /// <param name="settings">The settings; null for a port of loopback.</param>
    /// <param name="directory">The directory for the file with the token; null for none.</param>
    /// <param name="sandbox">Changes the network.</param>
    /// <param name="permanent">The permanent peers.</param>
    /// <param name="data">The data directory of the network, with its quarantine; null for neither.</param>
    public static async Task<DashboardRun> StartAsync(
        int target = 4,
        double deadShare = 0,
        DashboardSettings? settings = null,
        DataDirectory? directory = null,
        Action<SandboxNetworkOptions>? sandbox = null,
        IReadOnlyList<System.Net.EndPoint>? permanent = null,
        string? data = null)
    {
        var options = new SandboxNetworkOptions
        {
            Peers = 64,
            DeadShare = deadShare,
            SlowShare = 0,
            ResettingShare = 0,
            SilentShare = 0,
            RestlessShare = 0,
            HostileShare = 0,
            MaxVisitors = 0, // No host dials in by itself after some seconds: the tests count peers.
            Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)),
        };
        sandbox?.Invoke(options);
        var world = new SandboxNetwork(options);
        var listener = world.Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("100.64.0.1"), 18555));
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = SandboxNetwork.SeededChain,
            TargetOutbound = target,
            Policies = PeerPolicies.None with { Quarantine = data is null ? null : new() }, // Neither feelers nor a peer of one more network at random times.
            DataDirectory = data,
            PermanentPeers = [.. permanent ?? []],
            Lookup = world.LookupAsync,
            Dial = world.DialAsync,
            Configure = manager => manager.Listeners = [.. manager.Listeners, listener],
        });
        var info = new RunInfo("sandbox", target, [.. permanent ?? []], () => [listener.LocalEndPoint], 117);
        var services = RunServices.From(network, info, SandboxNetwork.SeededChain, TimeProvider.System, Task.CompletedTask);
        settings ??= new DashboardSettings { Address = System.Net.IPAddress.Loopback, Port = 0 };
        var server = await DashboardServer.StartAsync(settings, new RunSite(services, TimeProvider.System), directory, TimeProvider.System);
        await network.StartAsync(TestContext.Current.CancellationToken);
        return new DashboardRun(world, network, server, directory);
    }

    /// <summary>The addresses of the hosts that answer nothing.</summary>
    public IEnumerable<string> Silent => _sandbox.Hosts.Where(host => host.Kind == SandboxHostKind.Silent).Select(host => host.EndPoint.ToString()!);

    /// <summary>Waits until nothing is missing.</summary>
    public Task FullAsync() => Network.WhenFullAsync(TestContext.Current.CancellationToken);

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="body">JSON; null for no body.</param>
    /// <param name="token">The token; null for none.</param>
    /// <param name="headers">More headers, such as Host.</param>
    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads what is there.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await SendAsync("GET", path);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        return await JsonAsync(response);
    }

    /// <summary>Makes a change, with the token.</summary>
    public async Task<JsonElement> ChangeAsync(string method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, body, Server.Token);
        var json = await JsonAsync(response);
        Assert.True(response.IsSuccessStatusCode, json.GetRawText());
        return json;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        await Network.DisposeAsync();
        await _sandbox.DisposeAsync();
        _directory?.Dispose();
    }
}
