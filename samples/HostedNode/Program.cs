using Connmgr.Bitcoin;
using Connmgr.Testing;
using HostedNode;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

// A hosted node: settings from appsettings.json, a handler for each peer, health. On a sandbox in memory, so that it runs anywhere;
// leave the two lines about it out, and name a chain in appsettings.json, for a real one.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddSingleton(_ => new SandboxNetwork());
builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
    .UseChain(SandboxNetwork.SeededChain)
    .ConfigureNetwork((services, options) => (options.Dial, options.Lookup) =
        (services.GetRequiredService<SandboxNetwork>().DialAsync, services.GetRequiredService<SandboxNetwork>().LookupAsync))
    .AddPeerHandler<BlockWatcher>()
    .AddHealthCheck();

using var host = builder.Build();
await host.StartAsync(); // Does not wait for peers.

if (builder.Configuration["UntilFull"] is "true") // --UntilFull=true: ends by itself.
{
    await host.Services.GetRequiredService<PeerNetwork>().WhenFullAsync();
    var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    foreach (var (name, entry) in health.Entries)
        Console.WriteLine($"{name}: {entry.Status}. {entry.Description}");
    await host.StopAsync();
    return health.Status == HealthStatus.Healthy ? 0 : 1;
}

await host.WaitForShutdownAsync();
return 0;
