// snippet: watched
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using OpenTelemetry.Metrics;

// Peers as a service of a web application, with /healthz for its supervisor and /metrics for Prometheus.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(_ => new SandboxNetwork()); // For a real chain, delete this and ConfigureNetwork, and name the chain with UseChain.
builder.Services.AddBitcoinPeers()
    .UseChain(SandboxNetwork.SeededChain)
    .ConfigureNetwork((services, options) => services.GetRequiredService<SandboxNetwork>().Attach(options))
    .AddHealthCheck();
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ConnmgrTelemetry.MeterName).AddPrometheusExporter());

var app = builder.Build();
app.MapHealthChecks("/healthz");
app.MapPrometheusScrapingEndpoint("/metrics");
app.MapGet("/peers", async (PeerNetwork network) => (await network.GetPeersAsync()).Select(peer => peer.Peer.Version.UserAgent));
app.Run();
// end
