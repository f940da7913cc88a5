using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Testing.Tests;

/// <summary>A <see cref="PeerNetwork"/> in the sandbox, in real time: what is awaited are its events, never a time.</summary>
public sealed class SandboxAttachTests
{
    private static readonly IPEndPoint Here = IPEndPoint.Parse("10.0.0.1:28555");

    [Fact]
    public async Task Attach_NetworkThatListens_IsFullAndVisited()
    {
        await using var sandbox = new SandboxNetwork(new() { VisitInterval = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)) });
        var visited = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var configured = 0;
        var options = new PeerNetworkOptions
        {
            TargetOutbound = 3,
            ListenOn = [Here],
            Configure = manager =>
            {
                configured++;
                manager.Gate = (_, direction) => GateVerdict.Allow;
            },
        };
        sandbox.Attach(options);
        await using var network = new PeerNetwork(options);
        var watch = WatchAsync(network.Connections, visited);

        await network.StartAsync(TestContext.Current.CancellationToken);
        await network.WhenFullAsync(TestContext.Current.CancellationToken).WaitAsync(Box.Patience, TestContext.Current.CancellationToken);
        var visitor = await visited.Task.WaitAsync(Box.Patience, TestContext.Current.CancellationToken);
        await network.StopAsync(TestContext.Current.CancellationToken);
        await watch;

        Assert.Equal(Here, visitor.LocalEndPoint);
        Assert.Equal(1, configured);
        Assert.NotEmpty(network.GetStatistics().Seeds);
        await sandbox.DisposeAsync();
        sandbox.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Attach_OptionsThatLeadElsewhere_AreRefused()
    {
        await using var sandbox = new SandboxNetwork();

        Assert.Contains("Proxies is set", Refusal(new() { Proxies = new() }), StringComparison.Ordinal);
        Assert.Contains("AddressSource is set", Refusal(new() { AddressSource = new AddressPool() }), StringComparison.Ordinal);

        string Refusal(PeerNetworkOptions options) => Assert.Throws<ArgumentException>(() => sandbox.Attach(options)).Message;
    }

    private static async Task WatchAsync(ConnectionManager manager, TaskCompletionSource<Connection> visited)
    {
        await foreach (var happened in manager.WatchAsync())
        {
            if (happened is ConnectionEstablished { Connection: { Direction: ConnectionDirection.Inbound } connection })
                visited.TrySetResult(connection);
        }
    }
}
