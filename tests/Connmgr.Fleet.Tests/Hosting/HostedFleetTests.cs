using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connmgr.Fleet.Tests.Hosting;

/// <summary>Hosts that join a fleet by their configuration.</summary>
public sealed class HostedFleetTests : IDisposable
{
    private static readonly NetworkAddress Stranger = NetworkAddress.Parse("198.51.100.1");

    private readonly TestLog _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Start_TwoHosts_ShareBansAndHoldDifferentPeers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = CreateSandbox();
        using var first = CreateHost(sandbox, ("Redis", redis.EndPoint), ("Name", "test"), ("LeaseDuration", "30s"));
        using var second = CreateHost(sandbox, ("Redis", redis.EndPoint), ("Name", "test"), ("LeaseDuration", "30s"));
        await first.StartAsync(Token);
        await second.StartAsync(Token);

        await Task.WhenAll(Network(first).WhenFullAsync(Token), Network(second).WhenFullAsync(Token));
        Assert.Equal(8, (await AddressesAsync(first)).Union(await AddressesAsync(second), StringComparer.Ordinal).Count());
        Assert.True(Fleet(first).Claims.Count >= 4);

        Network(first).Bans.Add(BanTarget.Parse("198.51.100.1"));
        await Eventually.TrueAsync(() => Network(second).Bans.IsBanned(Stranger));
        Assert.Equal((HealthStatus.Healthy, "The fleet test is ready."), await CheckAsync(first));

        await first.StopAsync(Token);
        Assert.Equal("1", await redis.AskAsync("ZCARD", "connmgr:{test}:sessions")); // It has left the fleet, before it is disposed of.
        Assert.Equal((HealthStatus.Degraded, "It has left the fleet."), await CheckAsync(first));
        await second.StopAsync(Token);
    }

    [Fact]
    public async Task Start_RedisIsAway_TheHostStartsAndDialsWhenItAnswers()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(sandbox, ("Redis", redis.EndPoint), ("Name", "test"), ("LeaseDuration", "30s"));
        Assert.Equal((HealthStatus.Degraded, "It has not started yet."), await CheckAsync(host));

        await host.StartAsync(Token);
        await Eventually.TrueAsync(async () => (await CheckAsync(host)).Text?.StartsWith("The fleet test is without Redis: it can't be reached.", StringComparison.Ordinal) == true);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(host)).Status);
        Assert.Empty((await Network(host).Connections.GetSnapshotAsync(Token)).Connections);
        Network(host).Bans.Add(BanTarget.Parse("198.51.100.1")); // Published later.

        await redis.StartAgainAsync();
        await redis.SettleAsync(Fleet(host));
        await Network(host).WhenFullAsync(Token);
        await Eventually.TrueAsync(async () => await redis.AskAsync("HLEN", "connmgr:{test}:bans") is "1");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
        Assert.Single(_log.Of(1102)); // One line, however often it was tried.
        await host.StopAsync(Token);
    }

    /// <summary>The claims wrap the dialler that a later call sets.</summary>
    [Fact]
    public async Task UseFleet_CodeThatSetsTheDiallerLater_IsWrappedAllTheSame()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(
            sandbox,
            builder => builder.ConfigureNetwork((_, options) => options.Configure = manager => manager.Dial = sandbox.DialAsync),
            ("Redis", redis.EndPoint), ("Name", "test"), ("LeaseDuration", "30s"));
        await using var other = await redis.JoinAsync();
        await host.StartAsync(Token);
        await Fleet(host).WhenReadyAsync(Token);

        using var claim = await other.Claims.TryClaimAsync(IPEndPoint.Parse("203.0.113.7:8333"), cancellationToken: Token);
        var refused = await Assert.ThrowsAsync<ConnectFailedException>(() => Network(host).ConnectPeerAsync(IPEndPoint.Parse("203.0.113.7:8333"), Token));

        Assert.Contains("Another process of the fleet", refused.Message, StringComparison.Ordinal);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Settings_ClaimsAndSharedBansAreFalse_NeitherIsDone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(sandbox, ("Redis", redis.EndPoint), ("Name", "test"), ("LeaseDuration", "30s"), ("Claims", "false"), ("SharedBans", "false"));
        await using var other = await redis.JoinAsync();
        var reputation = new PeerReputation();
        await using var shared = await SharedReputation.StartAsync(other, reputation, Token);
        await host.StartAsync(Token);
        await Network(host).WhenFullAsync(Token);
        await Fleet(host).WhenReadyAsync(Token);

        Assert.Equal(0, Fleet(host).Claims.Count);
        Network(host).Bans.Add(BanTarget.Parse("198.51.100.1"));
        await host.StopAsync(Token); // What is left to publish would be published now.
        Assert.Equal("0", await redis.AskAsync("HLEN", "connmgr:{test}:bans"));
    }

    [Fact]
    public async Task Start_SettingsThatAreWrong_NamesAllWithTheirPlaces()
    {
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(sandbox, ("Redis", ""), ("Name", "a b"), ("LeaseDuration", "15"), ("Claims", "maybe"), ("Lease", "15s"));

        var errors = (await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => host.StartAsync(Token))).Failures;

        Assert.Equal(
            ["Fleet:Claims is 'maybe': ", "Fleet:Lease is not a setting: ", "Fleet:LeaseDuration is '15': ", "Fleet:Name is 'a b'; ", "Fleet:Redis is missing; "],
            errors.Order(StringComparer.Ordinal).Select(static error => error[..(error.IndexOfAny([':', ';'], "Fleet:".Length) + 2)]),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task Start_NoSection_NamesTheServerThatIsMissing()
    {
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(sandbox);

        var exception = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => host.StartAsync(Token));

        Assert.Equal("Fleet:Redis is missing; name a server, such as 127.0.0.1:6379", Assert.Single(exception.Failures));
    }

    [Fact]
    public async Task UseFleet_InCode_ChangesTheSettingsAndTakesTheNameOfTheChain()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = CreateSandbox();
        using var host = CreateHost(
            sandbox,
            builder => builder.UseFleet(settings => (settings.Redis, settings.LeaseDuration) = (redis.EndPoint, TimeSpan.FromSeconds(30))),
            ("LeaseDuration", "1s"));

        await host.StartAsync(Token);

        Assert.Equal((SandboxNetwork.SeededChain.Name, TimeSpan.FromSeconds(30)), (Fleet(host).Fleet, Fleet(host).LeaseDuration));
        await host.StopAsync(Token);
    }

    private static SandboxNetwork CreateSandbox() => new(new SandboxNetworkOptions
    {
        Peers = 60,
        DeadShare = 0,
        SlowShare = 0,
        ResettingShare = 0,
        SilentShare = 0,
        RestlessShare = 0,
        HostileShare = 0,
    });

    private static PeerNetwork Network(IHost host) => host.Services.GetRequiredService<PeerNetwork>();

    private static FleetConnection Fleet(IHost host) => host.Services.GetRequiredService<FleetConnection>();

    private static async Task<IEnumerable<string>> AddressesAsync(IHost host) => (await Network(host).GetPeersAsync()).Select(static peer => $"{peer.Connection.RemoteEndPoint}");

    private static async Task<(HealthStatus Status, string? Text)> CheckAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(static check => check.Name is "fleet", Token);
        return (report.Entries["fleet"].Status, report.Entries["fleet"].Description);
    }

    private IHost CreateHost(SandboxNetwork sandbox, params (string Key, string? Value)[] settings) => CreateHost(sandbox, static _ => { }, settings);

    private IHost CreateHost(SandboxNetwork sandbox, Action<Connmgr.Hosting.BitcoinPeersBuilder> configure, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        ((IConfigurationBuilder)builder.Configuration).AddInMemoryCollection(settings.Select(static each => KeyValuePair.Create($"Fleet:{each.Key}", each.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_log.Provider);
        var peers = builder.Services.AddBitcoinPeers(settings => settings.TargetOutbound = 4)
            .UseFleet(builder.Configuration.GetSection("Fleet"))
            .AddFleetHealthCheck()
            .UseChain(SandboxNetwork.SeededChain)
            .ConfigureNetwork((_, options) =>
            {
                sandbox.Attach(options);
                options.Policies = PeerPolicies.None;
            });
        configure(peers);
        return builder.Build();
    }
}
