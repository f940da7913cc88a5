using System.Net;

namespace Connmgr.Testing;

/// <summary>A connection: two streams, the pipes between them, and the timers of its behaviour.</summary>
internal sealed class MemoryLink
{
    private readonly MemoryPipe _toHost;
    private readonly MemoryPipe _toDialer;
    private readonly NetworkCounters _counters;
    private readonly TimeProvider _timeProvider;
    private readonly Action<MemoryLink>? _onDisposed;
    private NetworkTimer? _resetTimer;
    private NetworkTimer? _closeTimer;
    private long _bytesLeft;
    private bool _over;
    private bool _dialerDisposed;
    private bool _hostDisposed;

    /// <param name="setup">The properties that all links of the network share.</param>
    /// <param name="dialer">The dialer's address.</param>
    /// <param name="host">The host's address.</param>
    /// <param name="behavior">The behaviour of the host. Its times begin with <see cref="StartTimers"/>.</param>
    public MemoryLink(LinkSetup setup, EndPoint? dialer, EndPoint? host, HostBehavior? behavior)
    {
        RunContinuationsInline = setup.RunContinuationsInline;
        StreamCapacity = setup.StreamCapacity;
        _counters = setup.Counters;
        _timeProvider = setup.TimeProvider;
        _onDisposed = setup.OnDisposed;
        _bytesLeft = behavior?.ResetAfterBytes ?? long.MaxValue;
        _toHost = new MemoryPipe(this, pace: null);
        _toDialer = new MemoryPipe(this, behavior?.SendRate);
        Dialer = new MemoryNetworkStream(this, LinkSide.Dialer, _toDialer, _toHost, dialer, host);
        Host = new MemoryNetworkStream(this, LinkSide.Host, _toHost, _toDialer, host, dialer);
    }

    /// <summary>Guards the link and its pipes. No user code runs under it.</summary>
    public Lock Lock { get; } = new();

    public bool RunContinuationsInline { get; }

    public int StreamCapacity { get; }

    public MemoryNetworkStream Dialer { get; }

    public MemoryNetworkStream Host { get; }

    /// <summary>True once it was reset or one of its ends was closed.</summary>
    public bool IsOver
    {
        get
        {
            lock (Lock) return _over;
        }
    }

    public bool IsDisposed(LinkSide side)
    {
        lock (Lock) return side == LinkSide.Dialer ? _dialerDisposed : _hostDisposed;
    }

    public NetworkTimer CreateTimer(Action callback) => new(_counters, _timeProvider, callback);

    /// <summary>Starts the timers of the behaviour; what is due at once happens before this returns.</summary>
    public void StartTimers(HostBehavior behavior)
    {
        if (behavior.ResetAfterBytes == 0 || behavior.ResetAfter == TimeSpan.Zero) Reset();
        else if (behavior.ResetAfter is { } resetAfter) StartTimer(ref _resetTimer, resetAfter, Reset);

        if (IsOver) return;
        if (behavior.CloseAfter == TimeSpan.Zero) CloseByHost();
        else if (behavior.CloseAfter is { } closeAfter) StartTimer(ref _closeTimer, closeAfter, CloseByHost);
    }

    /// <summary>Gets how many of a number of bytes may pass before the link is reset. Called under the lock.</summary>
    public int Allow(int count) => (int)Math.Min(count, _bytesLeft);

    /// <summary>Counts bytes that passed, and resets the link after the last one allowed. Called under the lock.</summary>
    public void Spend(int count, ref Aftermath after)
    {
        if (count == 0) return;
        _counters.BytesMoved(count);
        if (_bytesLeft == long.MaxValue) return;
        _bytesLeft -= count;
        if (_bytesLeft == 0) Reset(ref after);
    }

    /// <summary>Breaks the connection for both ends.</summary>
    public void Reset()
    {
        Aftermath after = default;
        lock (Lock) Reset(ref after);
        after.Run();
    }

    /// <summary>Closes the host's end without its owner.</summary>
    public void CloseByHost()
    {
        Aftermath after = default;
        lock (Lock)
        {
            End(ref after);
            _toDialer.CloseWriter(PipeEnd.Aborted, ref after);
            _toHost.CloseReader(PipeEnd.Aborted, ref after);
        }

        after.Run();
    }

    /// <summary>Disposes an end.</summary>
    /// <param name="side">The end.</param>
    /// <param name="byUser">True to count a repeated disposal.</param>
    public void Dispose(LinkSide side, bool byUser)
    {
        Aftermath after = default;
        var disposed = false;
        lock (Lock)
        {
            ref var already = ref side == LinkSide.Dialer ? ref _dialerDisposed : ref _hostDisposed;
            if (already)
            {
                if (byUser) _counters.DisposedAgain();
                return;
            }

            already = true;
            disposed = _dialerDisposed && _hostDisposed;
            _counters.StreamDisposed(side);
            End(ref after);
            (side == LinkSide.Dialer ? _toHost : _toDialer).CloseWriter(PipeEnd.Disposed, ref after);
            (side == LinkSide.Dialer ? _toDialer : _toHost).CloseReader(PipeEnd.Disposed, ref after);
        }

        if (disposed) _onDisposed?.Invoke(this);
        after.Run();
    }

    private void Reset(ref Aftermath after)
    {
        End(ref after);
        _toHost.Reset(ref after);
        _toDialer.Reset(ref after);
    }

    /// <summary>Stops all timers.</summary>
    private void End(ref Aftermath after)
    {
        _over = true;
        after.Stop(_resetTimer);
        after.Stop(_closeTimer);
        _resetTimer = null;
        _closeTimer = null;
    }

    private void StartTimer(ref NetworkTimer? field, TimeSpan due, Action callback)
    {
        var timer = CreateTimer(callback);
        bool wanted;
        lock (Lock)
        {
            wanted = !_over;
            if (wanted) field = timer;
        }

        if (wanted) timer.Start(due);
        else timer.Dispose();
    }
}

/// <summary>An end of a <see cref="MemoryLink"/>.</summary>
internal enum LinkSide
{
    Dialer,
    Host,
}

/// <summary>The properties that all links of a network share.</summary>
internal sealed record LinkSetup(
    NetworkCounters Counters, TimeProvider TimeProvider, bool RunContinuationsInline, int StreamCapacity, Action<MemoryLink>? OnDisposed);
