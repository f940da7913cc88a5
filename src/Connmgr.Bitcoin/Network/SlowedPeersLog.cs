using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Logs peers that are slowed because they send unread messages faster than these are discarded: one message per <see cref="Interval"/>,
/// with the number of suppressed ones. Thread-safe.
/// </summary>
internal sealed class SlowedPeersLog(ILogger logger, TimeProvider time)
{
    /// <summary>The least time between two messages.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private long? _loggedAt; // The timestamp of the last message; null before the first.
    private long _suppressed; // The peers slowed since that message.

    /// <summary>Logs a peer that is slowed for the first time.</summary>
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
