// snippet: host
using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Connmgr.Testing;
using HostedNode;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

// Peers as a service of the host: settings from appsettings.json, a handler for each peer, a health check, metrics.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
    .AddPeerHandler<Greeter>()
    .AddHealthCheck()
    // A sandbox in memory, so that this runs anywhere. For a real chain, delete these two lines and name the chain in appsettings.json.
    .UseChain(SandboxNetwork.SeededChain)
    .ConfigureNetwork((services, options) => services.GetRequiredService<SandboxNetwork>().Attach(options));
builder.Services.AddSingleton(_ => new SandboxNetwork());
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ConnmgrTelemetry.MeterName).AddConsoleExporter());

using var host = builder.Build();
await host.StartAsync(); // Does not wait for peers.

if (builder.Configuration["UntilFull"] is "true") // --UntilFull=true: ends by itself.
{
    await host.Services.GetRequiredService<PeerNetwork>().WhenFullAsync();
    var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    await host.StopAsync();
    foreach (var (name, check) in health.Entries)
        Console.WriteLine($"{name}: {check.Status}, {check.Description}");
    return health.Status == HealthStatus.Healthy ? 0 : 1;
}

await host.WaitForShutdownAsync();
return 0;

namespace HostedNode
{
    /// <summary>Handles one peer: created for each, in a separate service scope.</summary>
    internal sealed partial class Greeter(ILogger<Greeter> logger) : IPeerHandler
    {
        public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
        {
            Connected(peer.RemoteEndPoint, peer.Version.UserAgent, peer.Version.StartHeight);
            return ValueTask.CompletedTask;
        }

        [LoggerMessage(LogLevel.Information, "{Peer} is {UserAgent} at height {Height}")]
        private partial void Connected(EndPoint? peer, string userAgent, int height);
    }
}
// end
