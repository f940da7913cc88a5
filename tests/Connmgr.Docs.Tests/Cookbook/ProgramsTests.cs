using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Connmgr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Recipes of docs/cookbook.md for whole programs.</summary>
public sealed class ProgramsTests
{
    [Fact]
    public async Task Limits_NodeInTheSandbox_AcceptsVisitors()
    {
        // snippet: limits
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            ListenOn = [new IPEndPoint(IPAddress.Any, 8333)],
            MaxInbound = 40,
            Configure = manager => manager.InboundLimits = new InboundLimits { MaxPerHost = 2, MaxPerPrefix = 4, AcceptsPerSecond = 1 },
            Protocol = new() { ReceiveBudget = 32 * 1024 * 1024 }, // Bytes of messages under way, of all peers together.
        };
        // end
        options.ListenOn = [IPEndPoint.Parse("10.0.0.1:8333")];
        await using var sandbox = new SandboxNetwork(new() { Seed = 1, VisitInterval = TimeSpan.FromMilliseconds(10) });
        await using var network = await Kitchen.StartAsync(sandbox, options);
        await network.GetPeerAsync(static peer => peer.Direction == ConnectionDirection.Inbound).WaitAsync(Kitchen.Patience);
    }

    /// <summary>It is not started, because it would ask a real router.</summary>
    [Fact]
    public async Task BehindNat_Options_AreValid()
    {
        // snippet: nat
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            ListenOn = [new IPEndPoint(IPAddress.Any, 8333)],
            PortMapping = PortMappingMethod.Auto, // Off by default: it asks the router to open a port to the internet.
            OnPortMappingChanged = static state => Console.WriteLine(string.Join(", ", state.Mappings.Select(static mapping => mapping.External))),
        };
        // end
        Assert.Empty(options.GetErrors());
        await using var network = new PeerNetwork(options);
        Assert.Empty(network.Peers);
    }

    [Fact]
    public async Task Crawler_Sandbox_VisitsItsHosts()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        var visited = new ConcurrentQueue<string>();

        // snippet: crawler
        var options = new NetworkCrawlerOptions
        {
            Chain = ChainParameters.Mainnet,
            Protocol = new() { UserAgent = "/my-crawler:1.0/", Relay = false }, // Operators look here for who you are.
            MaxRounds = 1,
            OnVisit = (visit, _) =>
            {
                Write($"{visit.EndPoint} {visit.Version?.UserAgent ?? visit.FailureCause.ToString()}");
                return ValueTask.CompletedTask;
            },
        };
        // end
        (options.Chain, options.Dial, options.Lookup) = (SandboxNetwork.SeededChain, sandbox.DialAsync, sandbox.LookupAsync);
        // snippet: crawler
        await new NetworkCrawler(options).RunAsync();
        // end
        Assert.True(visited.Count > 40, $"{visited.Count} visits");

        void Write(string line) => visited.Enqueue(line);
    }

    [Fact]
    public async Task Hosted_SettingsFromArguments_IsHealthy()
    {
        string[] args = ["--BitcoinPeers:Chain=regtest", "--BitcoinPeers:TargetOutbound=0"];

        // snippet: hosted
        var builder = Host.CreateApplicationBuilder(args); // "BitcoinPeers": { "Chain": "signet", "DataDirectory": "peers" } in appsettings.json.
        builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
            .AddPeerHandler<Greeter>()
            .AddHealthCheck();
        // end
        builder.Logging.ClearProviders();
        // snippet: hosted
        using var host = builder.Build();
        // end
        await host.StartAsync();
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Empty(host.Services.GetRequiredService<PeerNetwork>().Peers);
        await host.StopAsync();
    }

    [Fact]
    public async Task Metrics_WebApplication_HasThemForPrometheus()
    {
        await using var sandbox = Kitchen.CreateSandbox();

        // snippet: metrics
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddBitcoinPeers().UseChain(ChainParameters.Mainnet);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ConnmgrTelemetry.MeterName).AddPrometheusExporter());
        // end
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddBitcoinPeers().ConfigureNetwork((_, options) => sandbox.Attach(options));
        // snippet: metrics
        await using var app = builder.Build();
        app.MapPrometheusScrapingEndpoint("/metrics");
        // end
        await app.StartAsync();
        await app.Services.GetRequiredService<PeerNetwork>().WhenFullAsync().WaitAsync(Kitchen.Patience);
        using var client = new HttpClient();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Assert.Contains("connmgr_connections", await client.GetStringAsync(new Uri(new(address), "metrics")), StringComparison.Ordinal);
        await app.StopAsync();
    }

    internal sealed class Greeter : IPeerHandler
    {
        public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken) => peer.SendAsync(MessageCommand.SendHeaders, default, cancellationToken);
    }
}
