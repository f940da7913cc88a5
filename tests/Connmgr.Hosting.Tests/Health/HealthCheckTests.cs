using System.Net;
using Connmgr.Hosting.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Hosting.Tests.Health;

/// <summary>The health check within a host, as its clock and its connections have it.</summary>
public class HealthCheckTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_FromBeforeTheStartToItsEnd()
    {
        var (time, dialer) = (new FakeTimeProvider(), new SwitchedDialer { IsOn = false });
        await using var host = Host(time, dialer);
        Assert.Equal((HealthStatus.Unhealthy, "It has not started yet."), await JudgeAsync(host));

        await host.StartAsync();
        Assert.Equal((HealthStatus.Degraded, "0 of 4 outbound connections: it has just started."), await JudgeAsync(host));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(HealthStatus.Unhealthy, (await JudgeAsync(host)).Status);

        dialer.IsOn = true;
        await BecomesAsync(host, time, HealthStatus.Healthy);
        var healthy = await CheckAsync(host);
        Assert.Equal((4, 4, 2, 4, 0, 4), (
            (int)healthy.Data["wanted"], (int)healthy.Data["established"], (int)healthy.Data["minimum"], (int)healthy.Data["automatic"], (int)healthy.Data["inBackoff"],
            (int)healthy.Data["network.ipv4"]));
        Assert.DoesNotContain(healthy.Data, datum => datum.Value.ToString()!.Contains("1.2.", StringComparison.Ordinal)); // It reveals no address.

        dialer.IsOn = false;
        var manager = host.Services.GetRequiredService<ConnectionManager>();
        var connections = (await manager.GetSnapshotAsync(Cancellation)).Connections;
        connections[0].Connection.Close();
        await Eventually.TrueAsync(async () => string.Equals((await JudgeAsync(host)).Description, "3 of 4 outbound connections.", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Degraded, (await JudgeAsync(host)).Status);

        connections[1].Connection.Close();
        connections[2].Connection.Close();
        await Eventually.TrueAsync(async () => (await JudgeAsync(host)).Description.StartsWith("1 of 4 outbound connections, fewer than 2", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Degraded, (await JudgeAsync(host)).Status); // There was progress lately.
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HealthStatus.Unhealthy, (await JudgeAsync(host)).Status);

        connections[3].Connection.Close();
        await Eventually.TrueAsync(async () => (await JudgeAsync(host)).Description.StartsWith("0 of 4", StringComparison.Ordinal));
        Assert.InRange((double)(await CheckAsync(host)).Data["establishedSecondsAgo"], 300, 400); // The last one, which is gone, is remembered.

        await manager.SuspendAsync(Cancellation);
        Assert.Equal((HealthStatus.Degraded, "The network is switched off by SuspendAsync."), await JudgeAsync(host));
        await manager.ResumeAsync(Cancellation);
        await host.StopAsync();
        Assert.Equal((HealthStatus.Unhealthy, "It is stopping or has stopped."), await JudgeAsync(host));
    }

    [Fact]
    public async Task Health_ChangedSettings_AreInForce_IfTheyAreValid()
    {
        var (time, dialer) = (new FakeTimeProvider(), new SwitchedDialer { IsOn = false });
        await using var host = Host(time, dialer);
        await host.StartAsync();
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HealthStatus.Unhealthy, (await JudgeAsync(host)).Status);
        host.Settings.Change(("Connections:Health:StartupGrace", "2m"));
        await Eventually.TrueAsync(async () => (await JudgeAsync(host)).Status == HealthStatus.Degraded);

        host.Settings.Change(("Connections:Health:StartupGrace", "1s"), ("Connections:TargetOutbound", "none"));
        await Eventually.TrueAsync(() => host.Lines(707).Count == 1);
        Assert.Equal(HealthStatus.Degraded, (await JudgeAsync(host)).Status); // Nothing is taken of a change that is not valid.
        await host.StopAsync();
    }

    /// <summary>Checks that a target that nothing can fill is not waited for.</summary>
    [Fact]
    public async Task Health_WithoutAddressSource_WantsThePermanentPeersAlone()
    {
        var dialer = new SwitchedDialer();
        await using var host = new TestHost(
            (services, configuration) => services.AddConnectionManager(configuration.GetSection("Connections"))
                .ConfigureManager((_, options) => options.Dial = dialer.DialAsync)
                .AddHealthCheck(),
            ("Connections:TargetOutbound", "4"),
            ("Connections:PermanentPeers:0", "192.0.2.1:8333"));
        await host.StartAsync();
        await Eventually.TrueAsync(async () => await JudgeAsync(host) == (HealthStatus.Healthy, "1 of 1 outbound connections."));
        await host.StopAsync();
    }

    [Fact]
    public async Task Health_WithoutTorsControlPortOrAnI2PSession_NamesWhatIsMissing()
    {
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers(settings => (settings.Chain, settings.TargetOutbound) = ("regtest", 0))
            .UseI2P()
            .ConfigureNetwork(static (_, options) =>
            {
                options.Proxies!.TorControl = new IPEndPoint(IPAddress.Loopback, 9051);
                options.Proxies.Socks5.Connect = static (_, _) => throw new IOException("nobody listens");
            })
            .AddHealthCheck());
        await host.StartAsync();
        await Eventually.TrueAsync(async () => await JudgeAsync(host)
            == (HealthStatus.Degraded, "0 of 0 outbound connections, but Tor's control port is not connected and the I2P router has no session."));

        var data = (await CheckAsync(host)).Data;
        Assert.Equal((false, false, false, false), ((bool)data["i2pConnected"], (bool)data["i2pServed"], (bool)data["torConnected"], (bool)data["onionServed"]));
        await host.StopAsync();
    }

    [Fact]
    public async Task Health_AFailureStatusOfTheUsers_TakesThePlaceOfUnhealthy()
    {
        await using var host = new TestHost((services, _) => services.AddConnectionManager("x").AddHealthCheck(failureStatus: HealthStatus.Degraded, tags: ["live"]));
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        var (name, entry) = Assert.Single(report.Entries);
        Assert.Equal(("connections-x", HealthStatus.Degraded), (name, entry.Status));
        Assert.Equal(["live"], entry.Tags, StringComparer.Ordinal);
    }

    private static TestHost Host(FakeTimeProvider time, SwitchedDialer dialer) => new(
        (services, configuration) =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddConnectionManager(configuration.GetSection("Connections"))
                .ConfigureManager((_, options) =>
                {
                    options.Dial = dialer.DialAsync;
                    options.AddressSource = new AddressPool(Enumerable.Range(1, 200).Select(i => new IPEndPoint(IPAddress.Parse($"1.{i}.0.1"), 8333)));
                })
                .AddHealthCheck();
        },
        ("Connections:TargetOutbound", "4"));

    private static async Task BecomesAsync(TestHost host, FakeTimeProvider time, HealthStatus status) => await Eventually.TrueAsync(async () =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return (await JudgeAsync(host)).Status == status;
    });

    private static async Task<(HealthStatus Status, string Description)> JudgeAsync(TestHost host) =>
        await CheckAsync(host) is var entry ? (entry.Status, entry.Description!) : default;

    private static async Task<HealthReportEntry> CheckAsync(TestHost host) =>
        Assert.Single((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries).Value;
}
