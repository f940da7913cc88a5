using System.Net;

namespace Connmgr.Testing;

/// <summary>A listener in the sandbox, and the hosts that dial it from time to time while it listens. Thread-safe.</summary>
internal sealed class SandboxListener : IConnectionListener
{
    private readonly SandboxWorld _world;
    private readonly MemoryNetwork _network;
    private readonly MemoryListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly SandboxHost[] _candidates;
    private readonly Task _visits;
    private int _disposed;

    public SandboxListener(SandboxWorld world, MemoryNetwork network, MemoryListener listener, int seed)
    {
        _world = world;
        _network = network;
        _listener = listener;
        _random = new(seed);
        _candidates = [.. world.Hosts.Where(static host => !host.IsDead)];
        _visits = _candidates.Length > 0 && world.Options.MaxVisitors > 0 ? RunVisitsAsync(_stop.Token) : Task.CompletedTask;
    }

    public EndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>True when it is disposed and the last visit has ended.</summary>
    public bool IsOver => Volatile.Read(ref _disposed) != 0 && _visits.IsCompleted;

    public ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken) => _listener.AcceptAsync(cancellationToken);

    /// <summary>Stops listening and ends the visits. Can be called any number of times; each call waits for the end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _listener.DisposeAsync().ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await _visits.ConfigureAwait(false);
    }

    private async Task RunVisitsAsync(CancellationToken cancellationToken)
    {
        var visits = new List<Task>();
        while (!cancellationToken.IsCancellationRequested)
        {
            await WaitAsync(_world.Options.VisitInterval.Draw(_random), cancellationToken).ConfigureAwait(false);
            visits.RemoveAll(static visit => visit.IsCompletedSuccessfully);
            if (visits.Count >= _world.Options.MaxVisitors || cancellationToken.IsCancellationRequested)
                continue;

            var host = _candidates[_random.Next(_candidates.Length)];
            visits.Add(VisitAsync(host, _world.Options.RestlessLifetime.Draw(_random), cancellationToken));
        }

        await Task.WhenAll(visits).ConfigureAwait(false);
    }

    private async Task VisitAsync(SandboxHost host, TimeSpan stay, CancellationToken cancellationToken)
    {
        using var leaving = new CancellationTokenSource(stay, _world.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leaving.Token);
        try
        {
            var dial = _network.DialFrom(new IPEndPoint(host.EndPoint.Address, 0));
            var stream = (MemoryNetworkStream)await dial(_listener.LocalEndPoint, end.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                if (host.Kind == SandboxHostKind.Resetting)
                    stream.Reset();
                else
                    await RunAsync(host, stream, end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is ConnectFailedException or OperationCanceledException or ObjectDisposedException)
        {
            // The backlog is full, or the listener or the network has gone.
        }
    }

    private Task RunAsync(SandboxHost host, MemoryNetworkStream stream, CancellationToken cancellationToken) =>
        new SandboxConversation(_world, host, stream, ConnectionDirection.Outbound).RunAsync(cancellationToken);

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        await Task.Delay(time, _world.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
