using System.Numerics;

namespace Connmgr.Bitcoin;

/// <summary>
/// Limits the memory that all peers of a <see cref="BitcoinProtocol"/> together may take for messages that are arriving: one half for
/// inbound peers, the other for outbound and permitted ones. When a half is used up its readers wait, and after some time its worst
/// connection is closed. Thread-safe.
/// </summary>
internal sealed class ReceiveBudget
{
    /// <summary>The charge for the longest message of Bitcoin, in bytes: 4 MiB.</summary>
    public const int LongestBuffer = 4 * 1024 * 1024;

    /// <summary>The time for which a reader of an inbound peer waits before a connection is closed for it.</summary>
    public static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The same time for outbound and permitted peers, which may be slow and honest.</summary>
    public static readonly TimeSpan ReservedTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The time between two checks of waiting readers. Each closes at most one connection of each half.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ReceiveShare _open;
    private readonly ReceiveShare _reserved;
    private ITimer? _timer; // Null while no reader waits. Guarded by _lock, as the shares are.
    private long _closed; // The connections closed because others waited. Written under _lock.

    /// <summary>Creates a budget.</summary>
    /// <param name="bytes">The size, at least twice <paramref name="longestBuffer"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="longestBuffer">The charge for the longest message (<see cref="GetLongestBuffer"/>).</param>
    public ReceiveBudget(long bytes, TimeProvider time, int longestBuffer = LongestBuffer)
    {
        (Bytes, _time) = (bytes, time);
        _open = new(bytes / 2, longestBuffer, OpenTimeout, time);
        _reserved = new(bytes - (bytes / 2), longestBuffer, ReservedTimeout, time);
    }

    /// <summary>The size, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The number of connections closed because others waited.</summary>
    public long Closed => Interlocked.Read(ref _closed);

    /// <summary>The bytes held by inbound peers, and by outbound and permitted ones.</summary>
    public (long Open, long Reserved) Used
    {
        get
        {
            lock (_lock)
                return (_open.Used, _reserved.Used);
        }
    }

    /// <summary>The number of readers that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _open.Waiting + _reserved.Waiting;
        }
    }

    /// <summary>The number of connections that wait for room for messages that are handled later.</summary>
    public int Refused
    {
        get
        {
            lock (_lock)
                return _open.Refused + _reserved.Refused;
        }
    }

    /// <summary>Computes the charge for the longest message of a chain; 4 MiB at least.</summary>
    public static int GetLongestBuffer(ChainParameters? chain) =>
        Math.Max(LongestBuffer, GetCharge(FrameHeader.Size + Math.Min(chain?.MaxPayloadLength ?? 0, FrameFormat.MaxMaxPayloadLength)));

    /// <summary>Computes the charge for a buffer of a length: pools rent powers of two.</summary>
    public static int GetCharge(int length) => (int)BitOperations.RoundUpToPowerOf2((uint)length);

    /// <summary>Creates the lease of a connection, which holds nothing yet.</summary>
    /// <param name="direction">The direction of the connection.</param>
    /// <param name="isPermitted">True when the user gave it permissions.</param>
    /// <param name="close">The callback that ends the connection. Called under a lock: it must not block or run user code.</param>
    public ReceiveLease Open(ConnectionDirection direction, bool isPermitted, Action close)
    {
        var isInbound = direction == ConnectionDirection.Inbound;
        return new(this, isInbound && !isPermitted ? _open : _reserved, isInbound, close);
    }

    public ValueTask GrowAsync(ReceiveLease lease, int held, int need, CancellationToken cancellationToken)
    {
        ReceiveWait wait;
        lock (_lock)
        {
            if (lease.Share.Grow(lease, held, need, _time.GetTimestamp()) is not { } waits)
                return default;

            wait = waits;
            _timer ??= _time.CreateTimer(static budget => ((ReceiveBudget)budget!).CloseOverdue(), this, Period, Period);
        }

        return WaitAsync(wait, cancellationToken);
    }

    public bool TryHold(ReceiveLease lease, int held)
    {
        lock (_lock)
            return lease.Share.TryHold(lease, held, _time.GetTimestamp());
    }

    public void MarkArrived(ReceiveLease lease)
    {
        lock (_lock)
            ReceiveShare.MarkArrived(lease, _time.GetTimestamp());
    }

    public void Release(ReceiveLease lease)
    {
        lock (_lock)
        {
            lease.Share.Release(lease, _time.GetTimestamp());
            StopTimerIfIdle();
        }
    }

    /// <summary>
    /// Waits for room. A wait is granted or cancelled under the lock, whichever comes first, so that no room is granted to a wait that has
    /// ended.
    /// </summary>
    private async ValueTask WaitAsync(ReceiveWait wait, CancellationToken cancellationToken)
    {
        var giveUp = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (budget, wait) = ((ReceiveBudget, ReceiveWait))state!;
                budget.CancelWait(wait, token);
            },
            (this, wait));
        await using (giveUp.ConfigureAwait(false))
            await wait.Task.ConfigureAwait(false);
    }

    private void CancelWait(ReceiveWait wait, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (wait.Lease.Share.CancelWait(wait, _time.GetTimestamp()))
                wait.SetCanceled(cancellationToken);
            StopTimerIfIdle();
        }
    }

    private void CloseOverdue()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            Close(_open.ChooseToClose(now));
            Close(_reserved.ChooseToClose(now));
        }
    }

    private void Close(ReceiveLease? lease)
    {
        if (lease is null)
            return;

        _closed++;
        lease.Close();
    }

    private void StopTimerIfIdle()
    {
        if (_timer is null || _open.Waiting + _reserved.Waiting > 0)
            return;

        _timer.Dispose();
        _timer = null;
    }
}
