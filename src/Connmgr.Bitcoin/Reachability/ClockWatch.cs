using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Looks at the clocks every few seconds: for a suspend, and for a system clock that differs from those of the peers.</summary>
/// <param name="clock">The clocks of the peers.</param>
/// <param name="onSuspended">Called after a suspend, with its duration. Must be quick.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The network's logger.</param>
internal sealed class ClockWatch(PeerClock clock, Action<TimeSpan> onSuspended, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);

    /// <summary>The time after which the warning is repeated while the clock is wrong.</summary>
    private static readonly TimeSpan WarningPause = TimeSpan.FromDays(1);

    private readonly MonotonicClock _monotonic = new(time);
    private readonly SuspendDetector _suspends = new();
    private TimeSpan? _warnedAt; // Null while the clock is right. Used by Check alone.

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
            Check();
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks at the clocks once. Never called concurrently.</summary>
    public void Check()
    {
        var now = _monotonic.Now;
        if (_suspends.Check(now, time.GetUtcNow()) is { } duration)
        {
            clock.Reset();
            onSuspended(duration);
        }

        if (clock.GetOffset() is not { } offset || offset.Duration() <= PeerClock.MaxOffset)
        {
            _warnedAt = null;
            return;
        }

        if (_warnedAt is { } warnedAt && now - warnedAt < WarningPause)
            return;
        _warnedAt = now;
        NetworkLog.ClockIsOff(logger, offset.Duration(), offset > TimeSpan.Zero ? "ahead of" : "behind");
    }
}
