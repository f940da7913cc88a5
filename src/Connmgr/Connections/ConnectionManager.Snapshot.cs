using Connmgr.Rules;

namespace Connmgr;

public sealed partial class ConnectionManager
{
    internal ConnectionManagerSnapshot TakeSnapshot(TimeSpan now)
    {
        var all = _rules.Requests.OrderBy(request => request.Id).ToList();
        return new ConnectionManagerSnapshot
        {
            Time = Options.TimeProvider.GetUtcNow(),
            TargetOutbound = _rules.TargetOutbound,
            HasAddressSource = _source is not null,
            AddressRefusals = _source?.Refusals.Count() ?? [],
            IsSourceEmpty = _source is { IsEmpty: true },
            OpenNetworks = _rules.Candidates.NetworksOf(ConnectionKind.Automatic, now),
            HasListeners = _acceptLoops.Count > 0,
            MaxConnections = _rules.Limits.MaxConnections,
            MaxInbound = _rules.MaxInbound,
            Inbound = DescribeInbound(now),
            IsStopped = _rules.IsStopped,
            IsSuspended = _rules.IsSuspended,
            IsOutage = _rules.IsOutage,
            Requests = [.. all.Where(request => request.Kind != ConnectionKind.Inbound).Select(request => Describe(request, now))],
            Attempts = [.. all.Where(request => request.Link is { Phase: not LinkPhase.Established }).Select(request => Describe(request.Link!, now))],
            Connections = [.. all.Where(request => request.Link is { Phase: LinkPhase.Established })
                .Select(request => new ConnectionSnapshot(ConnectionOf(request.Link!), now - request.Link!.EstablishedAt))],
            Lingering = [.. _running.Where(connection => connection.Activity.HasFlag(ConnectionActivity.Handler) && connection.Link.Phase == LinkPhase.Ended)
                .OrderBy(connection => connection.Id)],
        };
    }

    private InboundSnapshot DescribeInbound(TimeSpan now) => new()
    {
        Ordinary = _rules.Inbound.Regular.Count,
        Allowed = _rules.Inbound.Allowed.Count,
        Handshakes = _rules.Inbound.Handshakes,
        IsFlooded = _rules.IsFlooded(now),
        Accepted = _rules.InboundAccepted,
        Evicted = _rules.Evicted,
        Refused = [.. _rules.Refusals.All()],
    };

    private static RequestSnapshot Describe(Request request, TimeSpan now) =>
        new(request.Id, request.Kind, request.State, request.EndPoint, request.Attempts, request.HeapIndex < 0 ? null : request.Due - now);

    private static AttemptSnapshot Describe(Link link, TimeSpan now) =>
        new(link.Request.Id, link.Request.Kind, link.Request.EndPoint ?? link.RemoteEndPoint, link.ConnectPhase, now - link.StartedAt);
}
