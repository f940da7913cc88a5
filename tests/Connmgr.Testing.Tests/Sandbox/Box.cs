using System.Net;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Testing.Tests;

/// <summary>
/// A sandbox with a fake clock, no latency and good hosts only, unless configured otherwise; and a node that dials its hosts.
/// </summary>
internal sealed class Box : IAsyncDisposable
{
    /// <summary>A deadline against hanging; no test depends on it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public Box(Action<SandboxNetworkOptions>? configure = null)
    {
        Sandbox = new(Options(configure, options => options.TimeProvider = Time));
        Node = new(new() { Chain = SandboxNetwork.Chain, TimeProvider = Time, Random = new Random(1) });
    }

    public CountingTime Time { get; } = new();

    public SandboxNetwork Sandbox { get; }

    public BitcoinProtocol Node { get; }

    public static SandboxNetworkOptions Options(params Action<SandboxNetworkOptions>?[] configure)
    {
        var options = new SandboxNetworkOptions
        {
            Peers = 50,
            DeadShare = 0,
            SlowShare = 0,
            ResettingShare = 0,
            SilentShare = 0,
            RestlessShare = 0,
            HostileShare = 0,
            Latency = default,
            SlowLatency = default,
        };
        foreach (var action in configure) action?.Invoke(options);
        return options;
    }

    public SandboxHost First(SandboxHostKind kind) => Sandbox.Hosts.First(host => host.Kind == kind);

    public Task<Stream> DialAsync(EndPoint host, CancellationToken cancellationToken = default) =>
        Sandbox.DialAsync(host, cancellationToken).AsTask();

    public Task<BitcoinPeer> HandshakeAsync(Stream stream, EndPoint host, CancellationToken cancellationToken = default) =>
        Node.HandshakeAsync(stream, ConnectionDirection.Outbound, host, cancellationToken).AsTask();

    /// <summary>
    /// Lets time pass until a task completes. Time passes again when a host had not begun to wait: it may end its handshake after the node.
    /// </summary>
    public async Task PassAsync(TimeSpan time, Task task)
    {
        using var hung = new CancellationTokenSource(Patience, TimeProvider.System);
        do
        {
            Time.Advance(time);
        }
        while (await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, hung.Token)) != task && !hung.IsCancellationRequested);
        hung.Token.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        Sandbox.Network.EnsureNoLeaks();
        Assert.Empty(Sandbox.Network.GetServiceFailures());
    }

    /// <summary>A fake clock that counts the timers asked of it: what still runs asks for some as time passes.</summary>
    public sealed class CountingTime : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
