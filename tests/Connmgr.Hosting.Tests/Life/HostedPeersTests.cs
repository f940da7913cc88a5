using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;
using Connmgr.Hosting.Tests.Support;
using Connmgr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting.Tests.Life;

/// <summary>Start and end within a real host, on a sandbox in memory.</summary>
public class HostedPeersTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ThenFull_ThenStop_LeavesNothing()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using (var host = new TestHost((services, _) => services.AddBitcoinPeers(settings => settings.TargetOutbound = 4).In(sandbox)))
        {
            await host.StartAsync();
            var network = host.Services.GetRequiredService<PeerNetwork>();
            await TestHost.SoonAsync(network.WhenFullAsync(Cancellation));
            Assert.Equal(4, (await network.GetPeersAsync(Cancellation)).Length);
            Assert.Same(network.Connections, host.Services.GetRequiredService<ConnectionManager>());

            await host.StopAsync();
            Assert.True(network.Connections.Completion.IsCompletedSuccessfully);
            Assert.Single(host.Lines(700));
            Assert.Single(host.Lines(702));
            Assert.DoesNotContain(host.Log.GetSnapshot(), line => line.Level >= LogLevel.Warning);
        }

        await sandbox.DisposeAsync();
        sandbox.Network.EnsureNoLeaks();
    }

    [Fact]
    public async Task Start_WhenNobodyAnswers_DoesNotWait()
    {
        await using var sandbox = new SandboxNetwork(new SandboxNetworkOptions { DeadShare = 1 });
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers().In(sandbox));
        await host.StartAsync();

        var snapshot = await host.Services.GetRequiredService<ConnectionManager>().GetSnapshotAsync(Cancellation);
        Assert.Equal((0, 8, false), (snapshot.Connections.Length, snapshot.TargetOutbound, snapshot.IsStopped));
        await host.StopAsync();
    }

    [Fact]
    public async Task Stop_AHandlerIgnoresItsToken_EndsAtTheDeadlineAndNamesIt()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = new TestHost((services, _) => services.AddBitcoinPeers(settings => settings.TargetOutbound = 1).In(sandbox).OnPeer((_, _) =>
        {
            entered.TrySetResult();
            return new ValueTask(release.Task);
        }));
        await host.StartAsync();
        await TestHost.SoonAsync(entered.Task);
        var completion = host.Services.GetRequiredService<ConnectionManager>().Completion;

        using var deadline = new CancellationTokenSource();
        var stop = host.StopAsync(deadline.Token);
        await Eventually.TrueAsync(async () => (await host.Services.GetRequiredService<ConnectionManager>().GetSnapshotAsync(Cancellation)).Draining.Length == 1);
        Assert.False(stop.IsCompleted);
        await deadline.CancelAsync();
        await TestHost.SoonAsync(stop);

        var line = Assert.Single(host.Lines(703));
        Assert.Matches("Handler.* of Automatic ", line.Message); // With ShutDown, when its stream is not yet disposed.
        await TestHost.SoonAsync(host.DisposeAsync().AsTask()); // Does not wait for it again.
        Assert.False(completion.IsCompleted);

        release.SetResult();
        await TestHost.SoonAsync(completion);
    }

    [Fact]
    public async Task Start_AnAddressInUse_EndsTheStartBeforeOthersBegin()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var other = new OtherService();
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) =>
        {
            services.AddSingleton<IHostedService>(other);
            services.AddBitcoinPeers().In(sandbox).ListenOn(taken.LocalEndPoint!.ToString()!);
        });

        var error = await Assert.ThrowsAsync<IOException>(host.StartAsync);
        Assert.Contains(taken.LocalEndPoint!.ToString()!, error.Message, StringComparison.Ordinal);
        Assert.Equal($"Not started: {error.Message}", Assert.Single(host.Lines(701)).Message);
        Assert.False(other.HasStarted);
    }

    [Fact]
    public async Task Start_ADataDirectoryInUse_EndsTheStart()
    {
        var directory = Directory.CreateTempSubdirectory("connmgr-hosting");
        try
        {
            await using var sandbox = new SandboxNetwork(TestHost.Calm);
            await using var first = new TestHost((services, _) => services.AddBitcoinPeers().In(sandbox).UseDataDirectory(directory.FullName));
            await first.StartAsync();
            await using var second = new TestHost((services, _) => services.AddBitcoinPeers().In(sandbox).UseDataDirectory(directory.FullName));

            await Assert.ThrowsAsync<IOException>(second.StartAsync);
            Assert.Contains(directory.FullName, Assert.Single(second.Lines(701)).Message, StringComparison.Ordinal);
            await first.StopAsync();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Stop_BySomebodyElse_IsToldOf()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers().In(sandbox));
        await host.StartAsync();
        host.Services.GetRequiredService<ConnectionManager>().RequestStop();
        await Eventually.TrueAsync(() => host.Lines(704).Count == 1);
        await host.StopAsync();
    }

    [Fact]
    public async Task Stop_NeverStarted_DoesNothing()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers().In(sandbox));
        foreach (var service in host.Services.GetServices<IHostedService>())
            await service.StopAsync(Cancellation);
        Assert.Empty(host.Lines(702));
    }

    [Fact]
    public async Task ListenOn_PeersDialIn()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers(settings => settings.TargetOutbound = 0).In(sandbox).ListenOn("127.0.0.1:0"));
        await host.StartAsync();
        var network = host.Services.GetRequiredService<PeerNetwork>();
        await using var other = new PeerNetwork(new() { Chain = SandboxNetwork.Chain, TargetOutbound = 0, PermanentPeers = [network.ListenEndPoints[0]] });
        await other.StartAsync(Cancellation);
        await TestHost.SoonAsync(other.WhenFullAsync(Cancellation));
        await Eventually.TrueAsync(async () => (await network.GetPeersAsync(Cancellation)).Length == 1);
        await other.StopAsync(Cancellation);
        await host.StopAsync();
    }

    private sealed class OtherService : IHostedService
    {
        public bool HasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
