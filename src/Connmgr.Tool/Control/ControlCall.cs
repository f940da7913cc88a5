namespace Connmgr.Tool;

/// <summary>The circumstances of one request. Disposed of when it is answered.</summary>

internal sealed class ControlCall : IDisposable
{
    private readonly CancellationTokenSource _aborted;
    private readonly CancellationTokenSource _inputEnded;

    public ControlCall(CancellationToken sessionAborted)
    {
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(sessionAborted);
        _inputEnded = CancellationTokenSource.CreateLinkedTokenSource(_aborted.Token);
    }

    /// <summary>Cancelled when there is nobody to answer any more, or the run ends.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>
    /// Cancelled when the client will send no more: it is gone, or waits for the answer with its own side closed. What has no end of its
    /// own ends then.
    /// </summary>
    public CancellationToken InputEnded => _inputEnded.Token;

    public Task AbortAsync() => _aborted.CancelAsync();

    public Task EndInputAsync() => _inputEnded.CancelAsync();

    public void Dispose()
    {
        _inputEnded.Dispose();
        _aborted.Dispose();
    }
}
