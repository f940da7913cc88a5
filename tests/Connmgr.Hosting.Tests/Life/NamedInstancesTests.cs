using System.Diagnostics.Metrics;
using Connmgr.Bitcoin;
using Connmgr.Hosting.Tests.Support;
using Connmgr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting.Tests.Life;

/// <summary>Several instances side by side, and which is meant without a name.</summary>
public class NamedInstancesTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoInstances_FillSideBySide_EachWithItsSettingsLogAndHealth()
    {
        await using var one = new SandboxNetwork(TestHost.Calm);
        await using var other = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost(
            (services, configuration) =>
            {
                services.AddBitcoinPeers("one", configuration.GetSection("One")).In(one).AddHealthCheck();
                services.AddBitcoinPeers("other", configuration.GetSection("Other")).In(other).AddHealthCheck();
            },
            ("One:TargetOutbound", "2"),
            ("Other:TargetOutbound", "3"));
        await host.StartAsync();
        var networks = (One: host.Services.GetRequiredKeyedService<PeerNetwork>("one"), Other: host.Services.GetRequiredKeyedService<PeerNetwork>("other"));
        await TestHost.SoonAsync(networks.One.WhenFullAsync(Cancellation));
        await TestHost.SoonAsync(networks.Other.WhenFullAsync(Cancellation));

        Assert.Equal((2, 3), ((await networks.One.GetPeersAsync(Cancellation)).Length, (await networks.Other.GetPeersAsync(Cancellation)).Length));
        Assert.Same(networks.One.Connections, host.Services.GetRequiredKeyedService<ConnectionManager>("one"));
        Assert.Equal(["Connmgr.Hosting[one]", "Connmgr.Hosting[other]"], host.Lines(700).Select(line => line.Category), StringComparer.Ordinal);
        Assert.All(host.Log.GetSnapshot().Where(line => line.Category!.StartsWith("Connmgr", StringComparison.Ordinal)), line => Assert.EndsWith("]", line.Category, StringComparison.Ordinal));
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        Assert.Equal(
            [("bitcoin-peers-one", HealthStatus.Healthy, 2), ("bitcoin-peers-other", HealthStatus.Healthy, 3)],
            health.Entries.Select(entry => (entry.Key, entry.Value.Status, (int)entry.Value.Data["established"])));

        var error = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<PeerNetwork>());
        Assert.Contains("one, other", error.Message, StringComparison.Ordinal);
        Assert.Contains("[FromKeyedServices(\"one\")]", error.Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Metrics_GoToTheMeterFactoryOfTheHost_ByInstance()
    {
        using var recorder = new MeterRecorder();
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) =>
        {
            services.AddSingleton<IMeterFactory>(recorder);
            services.AddBitcoinPeers("peers", settings => settings.TargetOutbound = 1).In(sandbox);
            services.AddConnectionManager("manager");
        });
        await host.StartAsync();
        await TestHost.SoonAsync(host.Services.GetRequiredService<PeerNetwork>().WhenFullAsync(Cancellation));
        var instances = recorder.Collect().All.Select(series => series.Tags["connmgr.instance"]!).Distinct(StringComparer.Ordinal);
        Assert.Equal(["manager", "peers"], instances.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task ASoleInstance_IsMeantWithoutItsName_AndTheDefaultOneBeforeOthers()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var sole = new TestHost((services, _) => services.AddBitcoinPeers("sole").In(sandbox));
        Assert.Same(sole.Services.GetRequiredKeyedService<PeerNetwork>("sole"), sole.Services.GetRequiredService<PeerNetwork>());

        await using var several = new TestHost((services, _) =>
        {
            services.AddBitcoinPeers("named").In(sandbox);
            services.AddBitcoinPeers().In(sandbox);
        });
        Assert.Same(several.Services.GetRequiredKeyedService<PeerNetwork>(Options.DefaultName), several.Services.GetRequiredService<PeerNetwork>());
        Assert.NotSame(several.Services.GetRequiredKeyedService<PeerNetwork>("named"), several.Services.GetRequiredService<PeerNetwork>());
    }

    [Fact]
    public async Task PeersAndAManager_AreToldApart()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) =>
        {
            services.AddBitcoinPeers("peers").In(sandbox);
            services.AddConnectionManager("manager");
        });
        Assert.Same(host.Services.GetRequiredKeyedService<PeerNetwork>("peers"), host.Services.GetRequiredService<PeerNetwork>());
        Assert.NotSame(host.Services.GetRequiredKeyedService<ConnectionManager>("peers"), host.Services.GetRequiredKeyedService<ConnectionManager>("manager"));
        Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<ConnectionManager>());
    }

    [Fact]
    public void AName_IsOfOneKind()
    {
        var services = new ServiceCollection();
        services.AddBitcoinPeers("x");
        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => services.AddConnectionManager("x")).Message, StringComparison.Ordinal);
        services.AddConnectionManager();
        Assert.Throws<ArgumentException>(() => services.AddBitcoinPeers());
    }

    [Fact]
    public async Task TheSameNameAgain_SaysMoreOfTheSameInstance()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) =>
        {
            services.AddBitcoinPeers("x", settings => settings.TargetOutbound = 1).In(sandbox);
            services.AddBitcoinPeers("x").AddPermanentPeer(sandbox.Hosts[0].EndPoint);
        });
        await host.StartAsync();
        Assert.Single(host.Lines(700));
        var snapshot = await host.Services.GetRequiredKeyedService<ConnectionManager>("x").GetSnapshotAsync(Cancellation);
        Assert.Equal(1, snapshot.TargetOutbound);
        Assert.Equal(sandbox.Hosts[0].EndPoint, Assert.Single(snapshot.Requests, request => request.Kind == ConnectionKind.Permanent).EndPoint);
        await host.StopAsync();
    }
}
