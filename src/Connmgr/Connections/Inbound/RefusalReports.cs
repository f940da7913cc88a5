using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Tells of refused inbound connections: each one as long as they are few, and in a flood some of them and the count of the others, so that
/// neither the log nor those who watch drown in them. Of the loop.
/// </summary>
internal sealed class RefusalReports(ConnectionManager manager, EventHub events)
{
    private const int Burst = 100;
    private const int PerSecond = 10;
    private static readonly TimeSpan SummaryInterval = TimeSpan.FromMinutes(1);

    private readonly TokenBucket _bucket = new(Burst, PerSecond);
    private long _untold;
    private long _sinceSummary;
    private TimeSpan _summedUpAt;
    private (EndPoint? RemoteEndPoint, ConnectFailureCause Cause) _latest;

    public void Refused(EndPoint? remoteEndPoint, ConnectFailureCause cause, TimeSpan now)
    {
        _sinceSummary++;
        _latest = (remoteEndPoint, cause);
        if (_bucket.TryTake(now))
            TellLatest();
        else
        {
            _untold++;
            SumUp(cause, now);
        }
    }

    /// <summary>Tells of those that were not told of, by the latest of them: nothing more comes.</summary>
    public void Stop()
    {
        if (_untold == 0)
            return;
        _untold--;
        TellLatest();
    }

    private void TellLatest()
    {
        Log.Refused(manager.Logger, _latest.RemoteEndPoint, _latest.Cause);
        events.Publish(
            static (time, state) => new InboundRefused(time, state._latest.RemoteEndPoint, state._latest.Cause) { Untold = state._untold }, (_latest, _untold));
        _untold = 0;
    }

    private void SumUp(ConnectFailureCause cause, TimeSpan now)
    {
        if (now - _summedUpAt < SummaryInterval)
            return;
        Log.ManyRefused(manager.Logger, _sinceSummary, cause);
        (_sinceSummary, _summedUpAt) = (0, now);
    }
}
