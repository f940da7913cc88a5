using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Accepts the connections of one listener and posts them to the loop. After a failure it waits, longer each time, so that a lack of file
/// descriptors does not waste processor time or log space.
/// </summary>
internal sealed class AcceptLoop(ManagerContext context, IConnectionListener listener, int number)
{
    /// <summary>The maximum number of accepted connections that the rules have not decided about or that are being refused.</summary>
    public const int MaxUndecided = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Guards <see cref="_undecided"/> and <see cref="_room"/>, which the loop and the accepting work share.</summary>
    private readonly Lock _lock = new();

    /// <summary>The accepted connections that are undecided or being refused, and the accept under way: at most <see cref="MaxUndecided"/>.</summary>
    private int _undecided;

    /// <summary>The accept that waits for a place among the undecided; null when none waits.</summary>
    private TaskCompletionSource? _room;

    /// <summary>True once the accepting work has started. Used by the loop only, like the next four fields.</summary>
    private bool _hasBegun;

    /// <summary>True once the disposal of the listener has started.</summary>
    private bool _isEnding;

    /// <summary>True once the listener is disposed.</summary>
    private bool _isDisposed;

    /// <summary>True once the accepting work has returned.</summary>
    private bool _hasReturned;

    /// <summary>The number of refused streams that are not disposed yet.</summary>
    private int _refusing;

    /// <summary>The time of the last failure that was logged. Used by the accepting work only.</summary>
    private TimeSpan? _loggedAt;

    /// <summary>The last address that the listener reported.</summary>
    private volatile EndPoint _localEndPoint = new IPEndPoint(IPAddress.Any, 0);

    /// <summary>
    /// The local address of the listener, or the last one that it reported. The code of the listener may throw once its socket is closed,
    /// but the loop and the handling of failures need the address.
    /// </summary>
    public EndPoint LocalEndPoint
    {
        get
        {
            try
            {
                if (listener.LocalEndPoint is { } endPoint)
                    _localEndPoint = endPoint;
            }
            catch (Exception)
            {
                // Keeps the last one.
            }

            return _localEndPoint;
        }
    }

    public ListenerInfo Info { get; } = new(number, listener.Profile);

    /// <summary>True when it is over, and the listener and every refused stream are disposed. Used by the loop only.</summary>
    public bool HasEnded => _isDisposed && _refusing == 0 && (!_hasBegun || _hasReturned);

    /// <summary>Begins to accept. Used by the loop only.</summary>
    public void Begin()
    {
        _hasBegun = true;
        _ = LocalEndPoint; // Reads it now, so that it is known even if the listener fails later.
        context.Schedule(static loop => ((AcceptLoop)loop).RunAsync(), this);
    }

    /// <summary>Stops accepting, and disposes the listener. Used by the loop only.</summary>
    public void End()
    {
        if (_isEnding)
            return;
        _isEnding = true;
        context.Schedule(static loop => ((AcceptLoop)loop).EndAsync(), this);
    }

    /// <summary>Notes that the rules have decided on one accepted connection, or that its refused stream is disposed.</summary>
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

        room?.TrySetResult(); // Passes the place on to the waiting accept.
    }

    /// <summary>
    /// Disposes a stream that the rules refused. Its place among the undecided is free only then, so that refused streams never pile up. Used
    /// by the loop only.
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

        context.Post(static (_, loop, _, _) => ((AcceptLoop)loop!)._hasReturned = true, this);
    }

    /// <summary>Cancels the current accept and disposes the listener, which also ends an accept that ignores its token.</summary>
    private Task EndAsync()
    {
        Cancellation.Cancel(_stop, context.Logger, EndPointText.Format(LocalEndPoint));
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
            Log.CallbackFailed(context.Logger, exception, "the Dispose of a refused stream", EndPointText.Format(LocalEndPoint));
        }

        OnDecided();
        context.PostLast(static (_, refused, _, _) => ((Refused)refused!).Loop._refusing--, refused);
    }

    /// <summary>Waits for a place, so that only few accepted connections wait for the loop.</summary>
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

    /// <summary>Waits. Unlike Task.Delay, a cancellation continues on the same thread, so that tests can replay it.</summary>
    /// <returns>False if the stop cut it short.</returns>
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
            Log.CallbackFailed(context.Logger, exception, "the listener's Dispose", EndPointText.Format(LocalEndPoint));
        }

        context.Post(static (_, loop, _, _) => ((AcceptLoop)loop!)._isDisposed = true, this);
    }

    /// <summary>A stream that the rules refused and that is being disposed.</summary>
    private sealed record Refused(AcceptLoop Loop, Stream Stream);
}
