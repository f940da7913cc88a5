namespace Connmgr.Tool;

/// <summary>The clients of a dashboard that watch events: so many at a time, a share of them for each host, until the dashboard ends. Thread-safe.</summary>
internal sealed class EventClients : IDisposable
{
    /// <summary>The most that watch at a time.</summary>
    public const int Most = ControlProtocol.MaxClients;

    /// <summary>The most of one host.</summary>
    public const int MostOfHost = Most / 2;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ClientHost> _watching = [];

    /// <summary>Cancelled when the dashboard ends.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Takes a place.</summary>
    /// <param name="host">Where the client comes from.</param>
    /// <returns>Gives it back when disposed of; null when there is none.</returns>
    public IDisposable? TryTake(ClientHost host)
    {
        lock (_lock)
        {
            if (_watching.Count >= Most || _watching.Count(watching => watching == host) >= MostOfHost)
                return null;
            _watching.Add(host);
            return new Place(this, host);
        }
    }

    /// <summary>Ends them all.</summary>
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
