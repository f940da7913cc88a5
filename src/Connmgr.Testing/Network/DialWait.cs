using System.Net;

namespace Connmgr.Testing;

/// <summary>A dial that waits for its host's answer, or forever.</summary>
internal sealed class DialWait : ICompletion
{
    private readonly bool _inline;
    private readonly TaskCompletionSource _source;
    private Exception? _error;
    private int _ended;

    public DialWait(EndPoint host, bool inline)
    {
        Host = host;
        _inline = inline;
        _source = new TaskCompletionSource(inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public EndPoint Host { get; }

    /// <param name="delay">The time until the answer, more than zero; null for none.</param>
    /// <param name="counters">Counts the timer.</param>
    /// <param name="timeProvider">Creates the timer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask RunAsync(
        TimeSpan? delay, NetworkCounters counters, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timer = delay is null ? null : new NetworkTimer(counters, timeProvider, () => End(error: null));
        if (delay is { } due) timer!.Start(due);
        var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((DialWait)state!).End(new OperationCanceledException(token)), this);
        try
        {
            await _source.Task.ConfigureAwait(false);
        }
        finally
        {
            registration.Unregister();
        }
    }

    /// <summary>Ends the wait, unless it has ended.</summary>
    public void End(Exception? error)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _error = error;
        if (_inline) InlineCompletions.Run(this);
        else Complete();
    }

    public void Complete()
    {
        if (_error is null) _source.SetResult();
        else _source.SetException(_error);
    }
}
