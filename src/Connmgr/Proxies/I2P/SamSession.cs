namespace Connmgr;

/// <summary>
/// A session with an I2P router: a destination with its tunnels, which lasts as long as its connection to the router. Thread-safe.
/// </summary>
internal sealed class SamSession : IDisposable
{
    private readonly SamConnection _control;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes a connection over whose SESSION CREATE has succeeded.</summary>
    /// <param name="control">The connection.</param>
    /// <param name="id">The session's ID.</param>
    /// <param name="address">The address of its destination.</param>
    public SamSession(SamConnection control, string id, NetworkAddress address)
    {
        (_control, Id, Address) = (control, id, address);
        Watching = WatchAsync();
    }

    /// <summary>The ID by which the router knows it.</summary>
    public string Id { get; }

    /// <summary>The address of its destination.</summary>
    public NetworkAddress Address { get; }

    /// <summary>The reason for its end, once it has ended.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>The task that completes when its owner has disposed of it, and no longer gives it to others.</summary>
    public Task Released => _released.Task;

    /// <summary>The reading of its connection. Never fails; completes when the connection has ended.</summary>
    public Task Watching { get; }

    /// <summary>Ends it for a reason.</summary>
    public void End(string reason)
    {
        _ended.TrySetResult(reason);
        _control.Dispose();
    }

    public void Dispose()
    {
        End("it is not needed any more");
        _released.TrySetResult();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
                await _control.ReadLineAsync(CancellationToken.None).ConfigureAwait(false); // Whatever the router says there asks for nothing.
        }
        catch (Exception exception)
        {
            End(exception is SamException ? exception.Message : $"the connection to the router broke: {exception.Message.TrimEnd('.')}");
        }
    }
}
