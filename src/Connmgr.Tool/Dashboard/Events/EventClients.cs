namespace Connmgr.Tool;

/// <summary>The clients of a dashboard that watch events: so many at a time, until the dashboard ends. Thread-safe.</summary>
internal sealed class EventClients : IDisposable
{
    /// <summary>How many may watch at a time.</summary>
    public const int Most = ControlProtocol.MaxClients;

    private readonly CancellationTokenSource _stopping = new();
    private int _free = Most;

    /// <summary>Cancelled when the dashboard ends.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Takes a place.</summary>
    /// <returns>Gives it back when disposed of; null when there is none.</returns>
    public IDisposable? TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return new Place(this);
        Interlocked.Increment(ref _free);
        return null;
    }

    /// <summary>Ends them all.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    public void Dispose() => _stopping.Dispose();

    private sealed class Place(EventClients clients) : IDisposable
    {
        public void Dispose() => Interlocked.Increment(ref clients._free);
    }
}
