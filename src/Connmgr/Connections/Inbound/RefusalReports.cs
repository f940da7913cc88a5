using System.Net;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Reports refused inbound connections: each one while there are few, and in a flood some of them and the number of the others, so that
/// they do not flood the log and the watchers. Used by the loop only.
/// </summary>
internal sealed class RefusalReports(ILogger logger, EventHub events)
{
    private const int Burst = 100;
    private const int PerSecond = 10;
    private static readonly TimeSpan SummaryInterval = TimeSpan.FromMinutes(1);

    private readonly TokenBucket _bucket = new(Burst, PerSecond);

    /// <summary>The number of refusals since the last one that was published.</summary>
    private long _unpublished;

    /// <summary>The number of refusals since the last summary in the log, published ones included.</summary>
    private long _sinceSummary;
    private TimeSpan _summedUpAt;
    private (EndPoint? RemoteEndPoint, ConnectFailureCause Cause) _latest;

    public void Add(EndPoint? remoteEndPoint, ConnectFailureCause cause, TimeSpan now)
    {
        _sinceSummary++;
        _latest = (remoteEndPoint, cause);
        if (_bucket.TryTake(now))
            PublishLatest();
        else
        {
            _unpublished++;
            SumUp(cause, now);
        }
    }

    /// <summary>Publishes the latest unpublished refusal with the number of all unpublished ones. Nothing follows.</summary>
    public void Complete()
    {
        if (_unpublished == 0)
            return;
        _unpublished--;
        PublishLatest();
    }

    private void PublishLatest()
    {
        Log.Refused(logger, _latest.RemoteEndPoint, _latest.Cause);
        events.Publish(
            static (time, state) => new InboundRefused(time, state._latest.RemoteEndPoint, state._latest.Cause) { Suppressed = state._unpublished }, (_latest, _unpublished));
        _unpublished = 0;
    }

    private void SumUp(ConnectFailureCause cause, TimeSpan now)
    {
        if (now - _summedUpAt < SummaryInterval)
            return;
        Log.ManyRefused(logger, _sinceSummary, cause);
        (_sinceSummary, _summedUpAt) = (0, now);
    }
}
