#if (!sandbox)
using Connmgr;
#endif
using Connmgr.Bitcoin;
using Connmgr.Hosting;
#if (sandbox)
using Connmgr.Testing;
#endif
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using MyPeers;

// Peers as a service of the host: settings from appsettings.json, a handler for each peer, a health check.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
#if (sandbox)
builder.Services.AddSingleton(_ => new SandboxNetwork());
#endif
builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
#if (sandbox)
    // A Bitcoin network in memory. For a real one: dotnet new connmgr-worker --chain mainnet
    .UseChain(SandboxNetwork.SeededChain)
    .ConfigureNetwork((services, options) => services.GetRequiredService<SandboxNetwork>().Attach(options))
#else
    .UseChain(ChainParameters.CHAIN_NAME)
#endif
    .AddPeerHandler<Greeter>()
    .AddHealthCheck();

using var host = builder.Build();
await host.StartAsync(); // Does not wait for peers.

if (builder.Configuration["UntilFull"] is "true") // --UntilFull=true: ends by itself.
{
    await host.Services.GetRequiredService<PeerNetwork>().WhenFullAsync();
    var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    await host.StopAsync();
    Console.WriteLine($"health: {health.Status}");
    return health.Status == HealthStatus.Healthy ? 0 : 1;
}

await host.WaitForShutdownAsync();
return 0;
