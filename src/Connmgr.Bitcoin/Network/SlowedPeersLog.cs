using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Tells of peers that send messages which nobody reads faster than these are read: one line in <see cref="Interval"/>, with the number of
/// the others, however many there are. Thread-safe.
/// </summary>
internal sealed class SlowedPeersLog(ILogger logger, TimeProvider time)
{
    /// <summary>The least time from one line to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private long? _loggedAt;
    private long _suppressed;

    /// <summary>A peer is slowed for the first time.</summary>
    public void Log(EndPoint? peer)
    {
        long suppressed;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_loggedAt is { } loggedAt && time.GetElapsedTime(loggedAt, now) < Interval)
            {
                _suppressed++;
                return;
            }

            (_loggedAt, suppressed, _suppressed) = (now, _suppressed, 0);
        }

        NetworkLog.PeerSlowed(logger, peer, suppressed);
    }
}
