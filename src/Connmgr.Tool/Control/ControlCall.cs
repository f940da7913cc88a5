namespace Connmgr.Tool;

/// <summary>The cancellation of one request. Disposed after the reply.</summary>

internal sealed class ControlCall : IDisposable
{
    private readonly CancellationTokenSource _aborted;
    private readonly CancellationTokenSource _inputEnded;

    public ControlCall(CancellationToken sessionAborted)
    {
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(sessionAborted);
        _inputEnded = CancellationTokenSource.CreateLinkedTokenSource(_aborted.Token);
    }

    /// <summary>A token that is cancelled when the client is gone or the run ends.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>
    /// A token that is cancelled when the client sends no more requests: it is gone, or has closed its side and waits for the reply.
    /// Replies without an end stop then.
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
