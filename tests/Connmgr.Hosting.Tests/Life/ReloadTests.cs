using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Hosting.Tests.Support;
using Connmgr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting.Tests.Life;

/// <summary>Settings that change at run time: applied, kept for the next start, or rejected, and logged in each case.</summary>
public class ReloadTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_OfWhatMayChange_IsInForce()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        var (first, second) = (Text(sandbox.Hosts[0].EndPoint), Text(sandbox.Hosts[1].EndPoint));
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "1"), ("Peers:PermanentPeers:0", first), ("Peers:MaxInbound", "unlimited"));
        await host.StartAsync();
        var manager = host.Services.GetRequiredService<ConnectionManager>();
        Assert.Null((await manager.GetSnapshotAsync(Cancellation)).MaxInbound);

        host.Settings.Change(("Peers:TargetOutbound", "3"), ("Peers:MaxInbound", "5"), ("Peers:InboundLimits:MaxPerHost", "2"), ("Peers:PermanentPeers:0", second));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 1);

        var snapshot = await manager.GetSnapshotAsync(Cancellation);
        Assert.Equal((3, 5), (snapshot.TargetOutbound, snapshot.MaxInbound));
        Assert.Equal([second], snapshot.Requests.Where(request => request.Kind == ConnectionKind.Permanent).Select(request => Text(request.EndPoint!)), StringComparer.Ordinal);
        Assert.Equal(
            "Settings changed and in force: Peers:TargetOutbound, Peers:MaxInbound, Peers:PermanentPeers, Peers:InboundLimits:MaxPerHost.",
            host.Lines(705)[0].Message);
        Assert.Empty(host.Lines(706));

        host.Settings.Change(); // As a file that was only touched.
        host.Settings.Change(("Peers:TargetOutbound", "2"));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 2);
        await host.StopAsync();
    }

    [Fact]
    public async Task Change_OfGroups_IsInForce_AndSoIsATargetAfterwards()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "1"));
        await host.StartAsync();
        var network = host.Services.GetRequiredService<PeerNetwork>();

        host.Settings.Change(("Peers:TargetOutbound", null), ("Peers:Groups:0", "old=1,version=70001"), ("Peers:Groups:1", "plain=2"));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 1);
        Assert.Equal(["old=1,version=70001", "plain=2"], network.Groups.Select(static group => group.ToString()), StringComparer.Ordinal);
        Assert.Equal(3, network.Connections.TargetOutbound);

        host.Settings.Change(("Peers:Groups:0", null), ("Peers:Groups:1", null), ("Peers:TargetOutbound", "2"));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 2);
        Assert.Equal(2, network.Connections.TargetOutbound);
        host.Settings.Change(("Peers:TargetOutbound", "4"));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 3);
        Assert.Equal(4, network.Connections.TargetOutbound);

        host.Settings.Change(("Peers:Groups:0", "one=1"));
        await Eventually.TrueAsync(() => host.Lines(707).Count == 1); // Both are set.
        Assert.Contains("Peers:TargetOutbound is 4, and Groups have targets too: set one of the two.", host.Lines(707)[0].Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Change_OfAPeerWithoutPort_HasThePortOfTheChain_ToBeAddedAndRemoved()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "0"));
        await host.StartAsync();
        var manager = host.Services.GetRequiredService<ConnectionManager>();

        host.Settings.Change(("Peers:PermanentPeers:0", sandbox.Hosts[0].EndPoint.Address.ToString()));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 1);
        var request = Assert.Single((await manager.GetSnapshotAsync(Cancellation)).Requests);
        Assert.Equal((ConnectionKind.Permanent, Text(sandbox.Hosts[0].EndPoint)), (request.Kind, Text(request.EndPoint!)));

        host.Settings.Change(("Peers:PermanentPeers:0", null));
        await Eventually.TrueAsync(() => host.Lines(705).Count == 2);
        Assert.Empty((await manager.GetSnapshotAsync(Cancellation)).Requests);
        await host.StopAsync();
    }

    [Fact]
    public async Task Change_OfWhatCannot_WarnsOnce_AndNotWhenItIsTakenBack()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "1"));
        await host.StartAsync();

        host.Settings.Change(("Peers:DialTimeout", "3s"));
        await Eventually.TrueAsync(() => host.Lines(706).Count == 1);
        Assert.EndsWith("next start: Peers:DialTimeout.", host.Lines(706)[0].Message, StringComparison.Ordinal);
        await MarkAsync(host, "2");
        host.Settings.Change(("Peers:DialTimeout", null));
        await MarkAsync(host, "3");
        Assert.Single(host.Lines(706));
        host.Settings.Change(("Peers:UpgradeEnabled", "true"), ("Peers:Quarantine:FirstRest", "1m"));
        await Eventually.TrueAsync(() => host.Lines(706).Count == 2);
        Assert.EndsWith("next start: Peers:UpgradeEnabled, Peers:Quarantine:FirstRest.", host.Lines(706)[1].Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Change_ThatIsNotValid_IsLoggedWhole_AndNothingOfItTaken()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "1"));
        await host.StartAsync();

        host.Settings.Change(("Peers:TargetOutbound", "2"), ("Peers:MaxInbound", "many"), ("Peers:Chian", "signet"));
        await Eventually.TrueAsync(() => host.Lines(707).Count == 1);
        var line = host.Lines(707)[0];
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains("Peers:MaxInbound is 'many'", line.Message, StringComparison.Ordinal);
        Assert.Contains("Peers:Chian is not a setting: did you mean Chain", line.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await host.Services.GetRequiredService<ConnectionManager>().GetSnapshotAsync(Cancellation)).TargetOutbound);

        host.Settings.Change(("Peers:MaxInbound", null), ("Peers:Chian", null)); // Valid again.
        await Eventually.TrueAsync(async () => (await host.Services.GetRequiredService<ConnectionManager>().GetSnapshotAsync(Cancellation)).TargetOutbound == 2);
        await host.StopAsync();
    }

    [Fact]
    public async Task Change_BetweenMakingAndStart_IsInForce()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = Host(sandbox, ("Peers:TargetOutbound", "1"));
        var manager = host.Services.GetRequiredService<ConnectionManager>();
        host.Settings.Change(("Peers:TargetOutbound", "2"));
        await host.StartAsync();
        await Eventually.TrueAsync(async () => (await manager.GetSnapshotAsync(Cancellation)).TargetOutbound == 2);
        await host.StopAsync();
    }

    private static TestHost Host(SandboxNetwork sandbox, params (string Key, string? Value)[] settings) =>
        new((services, configuration) => services.AddBitcoinPeers(configuration.GetSection("Peers")).In(sandbox), settings);

    /// <summary>Changes something visible, so that earlier changes are applied too.</summary>
    private static async Task MarkAsync(TestHost host, string target)
    {
        host.Settings.Change(("Peers:TargetOutbound", target));
        var manager = host.Services.GetRequiredService<ConnectionManager>();
        await Eventually.TrueAsync(async () =>
            string.Equals((await manager.GetSnapshotAsync(Cancellation)).TargetOutbound.ToString(System.Globalization.CultureInfo.InvariantCulture), target, StringComparison.Ordinal));
    }

    private static string Text(EndPoint endPoint) => endPoint.ToString()!;
}
