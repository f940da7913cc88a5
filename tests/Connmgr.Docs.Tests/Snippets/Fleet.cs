using Connmgr.Bitcoin;
using Connmgr.Fleet;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/fleet.md and of the READMEs of Connmgr.Fleet and Connmgr.Fleet.Hosting. It is not run, because it would ask real seeds.</summary>
internal static class Fleet
{
    public static async Task JoinAsync()
    {
        // snippet: fleet
        await using var fleet = await FleetConnection.ConnectAsync(new FleetOptions { Redis = "127.0.0.1:6379", Fleet = "mainnet" });
        fleet.StateChanged += (_, change) => Console.WriteLine($"fleet: {change.State} {change.Reason}");

        var options = new PeerNetworkOptions { Chain = ChainParameters.Mainnet };
        options.UseClaims(fleet);
        await using var network = new PeerNetwork(options);
        await using var shared = await SharedReputation.StartAsync(fleet, network.Reputation);
        await network.StartAsync();
        // end
    }

    public static void RunHosted(string[] args)
    {
        // snippet: host
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
            .UseFleet(builder.Configuration.GetSection("Fleet"))
            .AddHealthCheck()
            .AddFleetHealthCheck();
        builder.Build().Run();
        // end
    }

    public static async Task CrawlAsync(FleetConnection fleet, PeerAddress[] seeds, CancellationToken token)
    {
        // snippet: frontier
        var frontier = new RedisFrontier(fleet, new FrontierOptions { VisitsPerSecond = 500 }, "mainnet");
        await frontier.AddAsync(seeds, token);
        var grant = await frontier.LeaseAsync(max: 100, token);
        // end
        Assert.NotEmpty(grant.Leases);
    }

    public static ConnectionManagerOptions Configure(FleetConnection fleet, ConnectionManagerOptions options)
    {
        // snippet: manager
        options.AddressSource = fleet.Claims.Wrap(options.AddressSource!);
        options.Dial = fleet.Claims.Wrap(options.Dial!);
        // end
        return options;
    }
}
