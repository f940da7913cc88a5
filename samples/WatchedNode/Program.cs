// snippet: watched
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using OpenTelemetry.Metrics;

// Peers as a service of a web application, with /healthz for what restarts it and /metrics for Prometheus.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(_ => new SandboxNetwork()); // For a real chain leave this and ConfigureNetwork out, and name it by UseChain.
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
