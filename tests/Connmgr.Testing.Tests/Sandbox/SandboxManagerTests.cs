using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Testing.Tests;

/// <summary>A manager in the sandbox, in real time: what is awaited are its events, never a time.</summary>
public sealed class SandboxManagerTests
{
    private const int Target = 8;

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task Manager_ShareOfDeadAddresses_FillsItsSlotsInDistinctNetgroups(double dead)
    {
        await using var sandbox = new SandboxNetwork(Quick(dead));
        var options = GetManager(sandbox);
        var manager = new ConnectionManager(options);
        var full = WaitAsync(manager, snapshot => snapshot.Count(ConnectionKind.Automatic) == Target);
        await manager.StartAsync();

        var connections = (await full.WaitAsync(Box.Patience)).Connections;
        await manager.StopAsync().WaitAsync(Box.Patience);
        await sandbox.DisposeAsync();

        Assert.Equal(Target, connections.Select(connection => Netgroup.FromEndPoint(connection.Connection.RemoteEndPoint)).Distinct().Count());
        Assert.All(connections, connection => Assert.NotEmpty(Assert.IsType<BitcoinPeer>(connection.Connection.UserState).Version.UserAgent));
        sandbox.Network.EnsureNoLeaks();
        Assert.Empty(sandbox.Network.GetServiceFailures());
    }

    [Fact]
    public async Task Manager_Listens_TakesVisitorsIn()
    {
        await using var sandbox = new SandboxNetwork(Quick(dead: 0.5));
        var options = GetManager(sandbox);
        options.TargetOutbound = 2;
        options.Listeners.Add(sandbox.Listen(IPEndPoint.Parse("10.0.0.1:28555")));
        var manager = new ConnectionManager(options);
        var both = WaitAsync(
            manager, snapshot => snapshot.Count(ConnectionKind.Automatic) == 2 && snapshot.Count(ConnectionKind.Inbound) >= 2);
        await manager.StartAsync();

        await both.WaitAsync(Box.Patience);
        await manager.StopAsync().WaitAsync(Box.Patience);
        await sandbox.DisposeAsync();

        sandbox.Network.EnsureNoLeaks();
        Assert.Empty(sandbox.Network.GetServiceFailures());
    }

    /// <summary>Creates options where all hosts but the dead ones answer within milliseconds and stay connected.</summary>
    private static SandboxNetworkOptions Quick(double dead) => new()
    {
        DeadShare = dead,
        RestlessLifetime = TimeSpan.FromHours(1),
        Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)),
        SlowLatency = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(30)),
        VisitInterval = TimeSpan.FromMilliseconds(20),
        Seed = 7,
    };

    private static ConnectionManagerOptions GetManager(SandboxNetwork sandbox)
    {
        var bitcoin = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain });
        return new()
        {
            Dial = sandbox.DialAsync,
            AddressSource = sandbox.AddressSource,
            TargetOutbound = Target,
            Handshake = bitcoin.HandshakeAsync,
            OnConnection = (_, connection, token) => BitcoinProtocol.RunAsync(connection, (_, _, _) => default, token),
            OnAccept = (connection, token) => BitcoinProtocol.RunAsync(connection, (_, _, _) => default, token),
            ObserveNetworkChanges = false,
        };
    }

    /// <summary>Waits for the first snapshot after an event that satisfies a condition. It watches from the call on.</summary>
    private static async Task<ConnectionManagerSnapshot> WaitAsync(
        ConnectionManager manager, Func<ConnectionManagerSnapshot, bool> isAsWanted)
    {
        await foreach (var _ in manager.WatchAsync())
        {
            var snapshot = await manager.GetSnapshotAsync();
            if (isAsWanted(snapshot)) return snapshot;
        }

        throw new InvalidOperationException("The manager stopped first.");
    }
}
