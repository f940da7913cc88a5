using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Accepts from one listener. Does nothing but accept and post. When accepting fails it waits, longer each time, so that a lack of
/// file descriptors costs neither the processor nor the log.
/// </summary>
internal sealed class AcceptLoop(ManagerContext context, IConnectionListener listener, int number)
{
    /// <summary>The most accepted connections on which the rules have not decided, or that are being refused.</summary>
    public const int MaxUndecided = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private int _undecided;
    private TaskCompletionSource? _room;
    private bool _hasBegun;
    private bool _isEnding;
    private bool _isDisposed;
    private bool _hasLeft;
    private int _refusing;
    private TimeSpan? _loggedAt;
    private volatile EndPoint _localEndPoint = new IPEndPoint(IPAddress.Any, 0);

    /// <summary>
    /// Where it listens; where it did when it does not tell any more. It is the listener's own code, which may throw once its socket is closed; and it is asked on the loop, and
    /// where a failure is dealt with.
    /// </summary>
    public EndPoint LocalEndPoint
    {
        get
        {
            try
            {
                if (listener.LocalEndPoint is { } told)
                    _localEndPoint = told;
            }
            catch (Exception)
            {
                // The last that it told.
            }

            return _localEndPoint;
        }
    }

    public ListenerInfo Info { get; } = new(number, listener.Profile);

    /// <summary>Whether it is over, the listener disposed, and every stream that was refused. Of the loop.</summary>
    public bool HasEnded => _isDisposed && _refusing == 0 && (!_hasBegun || _hasLeft);

    /// <summary>Begins to accept. Of the loop.</summary>
    public void Begin()
    {
        _hasBegun = true;
        _ = LocalEndPoint; // To be known when it fails.
        context.Schedule(static loop => ((AcceptLoop)loop).RunAsync(), this);
    }

    /// <summary>Stops to accept, and disposes the listener. Of the loop.</summary>
    public void End()
    {
        if (_isEnding)
            return;
        _isEnding = true;
        context.Schedule(static loop => ((AcceptLoop)loop).EndAsync(), this);
    }

    /// <summary>The rules have decided on one accepted connection.</summary>
    public void OnDecided()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            room = _room;
            _room = null;
            if (room is null)
                _undecided--;
        }

        room?.TrySetResult(); // Its place goes to the accept that waits for one.
    }

    /// <summary>
    /// Disposes a stream that the rules refused. Its place among the undecided is given back only then, so that refused ones never pile up.
    /// Of the loop.
    /// </summary>
    public void Refuse(Stream stream)
    {
        _refusing++;
        context.Schedule(static refused => ((Refused)refused).Loop.DisposeAsync((Refused)refused), new Refused(this, stream));
    }

    private async Task RunAsync()
    {
        var token = _stop.Token;
        var pause = FirstPause;
        while (!token.IsCancellationRequested)
        {
            try
            {
                await WaitForRoomAsync().ConfigureAwait(false);
                var stream = await listener.AcceptAsync(token).ConfigureAwait(false)
                    ?? throw new InvalidOperationException("AcceptAsync returned null instead of a stream.");
                pause = FirstPause;
                context.Post(static (inputs, loop, stream, now) => inputs.OnAccepted((AcceptLoop)loop!, (Stream)stream!, now), this, stream);
            }
            catch (Exception) when (token.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                OnDecided();
                Report(exception);
                if (!await PauseAsync(pause, token).ConfigureAwait(false))
                    break;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        context.Post(static (_, loop, _, _) => ((AcceptLoop)loop!)._hasLeft = true, this);
    }

    /// <summary>Cancels the accept under way and disposes the listener, which ends also an accept that ignores its token.</summary>
    private Task EndAsync()
    {
        Cancellation.Cancel(_stop, context.Logger, EndPointText.Of(LocalEndPoint));
        return DisposeAsync();
    }

    private async Task DisposeAsync(Refused refused)
    {
        try
        {
            await refused.Stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(context.Logger, exception, "the Dispose of a refused stream", EndPointText.Of(LocalEndPoint));
        }

        OnDecided();
        context.PostLast(static (_, refused, _, _) => ((Refused)refused!).Loop._refusing--, refused);
    }

    /// <summary>Keeps the accepted connections that wait for the loop few, however many come.</summary>
    private Task WaitForRoomAsync()
    {
        lock (_lock)
        {
            if (_undecided < MaxUndecided)
            {
                _undecided++;
                return Task.CompletedTask;
            }

            _room = new TaskCompletionSource(context.TaskOptions);
            return _room.Task;
        }
    }

    /// <summary>Waits, on this thread alone: unlike Task.Delay, which leaves it when cancelled, and so could not be replayed.</summary>
    /// <returns>False when it was cut short by the stop.</returns>
    private async ValueTask<bool> PauseAsync(TimeSpan pause, CancellationToken token)
    {
        var over = new TaskCompletionSource<bool>(context.TaskOptions);
        using var timer = context.Options.TimeProvider.CreateTimer(
            static over => ((TaskCompletionSource<bool>)over!).TrySetResult(true), over, pause, Timeout.InfiniteTimeSpan);
        using var registration = token.UnsafeRegister(static over => ((TaskCompletionSource<bool>)over!).TrySetResult(false), over);
        return await over.Task.ConfigureAwait(false);
    }

    private void Report(Exception exception)
    {
        if (_loggedAt is { } loggedAt && context.Now - loggedAt < LogInterval)
            return;
        _loggedAt = context.Now;
        Log.AcceptFailed(context.Logger, exception, LocalEndPoint);
        context.Post(static (inputs, loop, exception, _) => inputs.OnListenerFailed((AcceptLoop)loop!, (Exception)exception!), this, exception);
    }

    private async Task DisposeAsync()
    {
        try
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(context.Logger, exception, "the listener's Dispose", EndPointText.Of(LocalEndPoint));
        }

        context.Post(static (_, loop, _, _) => ((AcceptLoop)loop!)._isDisposed = true, this);
    }

    /// <summary>A stream that the rules refused, on its way to its end.</summary>
    private sealed record Refused(AcceptLoop Loop, Stream Stream);
}
