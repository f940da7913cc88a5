using System.Net;

namespace Connmgr.Rules;

/// <summary>Inbound connections: whether they are admitted.</summary>
internal sealed partial class ConnectionRules
{
    private readonly LinkedList<Link> _inbound = [];

    /// <summary>A listener accepted a connection. It counts from here on, its handshake included.</summary>
    /// <returns>Why it is refused; none when it is admitted.</returns>
    public ConnectFailureCause Accept(Link link, EndPoint? remoteEndPoint, TimeSpan now)
    {
        var refusal = RefusalOf(remoteEndPoint, link);
        if (refusal != ConnectFailureCause.None)
            return refusal;
        var request = link.Request;
        link.RemoteEndPoint = remoteEndPoint;
        request.Attempts = 1;
        request.Link = link;
        _requests.Add(request.Id, request);
        link.Node = _inbound.AddLast(link);
        if (_options.HasHandshake)
            BeginHandshake(link, now);
        else
            Establish(link, now);
        Settle(now);
        return ConnectFailureCause.None;
    }

    private ConnectFailureCause RefusalOf(EndPoint? remoteEndPoint, Link link)
    {
        if (IsStopped)
            return ConnectFailureCause.Stopped;
        if (!IsActive)
            return ConnectFailureCause.Canceled;
        if (remoteEndPoint is not null)
        {
            var key = EndPointKey.Of(remoteEndPoint);
            var verdict = VerdictOn(EndPointKey.Plain(remoteEndPoint, key), link.Permissions);
            if (verdict == GateVerdict.Refuse)
                return ConnectFailureCause.Gated;
            link.IsDiscouraged = verdict == GateVerdict.Discourage;
            if (!_options.AllowDuplicateAddresses && _claims.OwnerOf(key) is not null)
                return ConnectFailureCause.DuplicateAddress;
        }

        return _inbound.Count + (link.IsDiscouraged ? 1 : 0) >= MaxInbound ? ConnectFailureCause.LimitReached : ConnectFailureCause.None;
    }
}
