namespace Connmgr.Tool;

/// <summary>The clients of a dashboard that watch events. Their number is limited, in total and per host. Thread-safe.</summary>
internal sealed class EventClients : IDisposable
{
    /// <summary>The most clients at a time.</summary>
    public const int Max = ControlProtocol.MaxClients;

    /// <summary>The most clients of one host.</summary>
    public const int MaxPerHost = Max / 2;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ClientHost> _watching = [];

    /// <summary>A token that is cancelled when the dashboard ends.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Takes a place.</summary>
    /// <param name="host">The host of the client.</param>
    /// <returns>An object that releases the place when it is disposed; null when there is no place.</returns>
    public IDisposable? TryTake(ClientHost host)
    {
        lock (_lock)
        {
            if (_watching.Count >= Max || _watching.Count(watching => watching == host) >= MaxPerHost)
                return null;
            _watching.Add(host);
            return new Place(this, host);
        }
    }

    /// <summary>Ends all clients.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    public void Dispose() => _stopping.Dispose();

    private void Leave(ClientHost host)
    {
        lock (_lock)
            _watching.Remove(host);
    }

    private sealed class Place(EventClients clients, ClientHost host) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
                clients.Leave(host);
        }
    }
}
