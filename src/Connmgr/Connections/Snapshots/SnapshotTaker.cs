using Connmgr.Rules;

namespace Connmgr;

/// <summary>Takes snapshots of a manager, between two messages of its loop.</summary>
internal static class SnapshotTaker
{
    public static ConnectionManagerSnapshot Take(ManagerContext context, ConnectionRules rules, SourceCaller? source, bool hasListeners, ConnectionRunner runner, TimeSpan now)
    {
        var all = rules.Requests.OrderBy(static request => request.Id).ToList();
        return new ConnectionManagerSnapshot
        {
            Time = context.Options.TimeProvider.GetUtcNow(),
            TargetOutbound = rules.TargetOutbound,
            Groups = [.. rules.Groups.All.Select((group, index) => new GroupSnapshot(group, rules.Slots.Assignment.GetCount(index), rules.Slots.GetAttempts(index)))],
            HasAddressSource = source is not null,
            AddressRefusals = source?.Refusals.Count() ?? [],
            IsSourceEmpty = source is { IsEmpty: true },
            OpenNetworks = rules.Candidates.GetNetworks(ConnectionKind.Automatic, now),
            HasListeners = hasListeners,
            MaxConnections = rules.Limits.MaxConnections,
            MaxInbound = rules.MaxInbound,
            Inbound = Describe(rules, now),
            IsStopped = rules.IsStopped,
            IsSuspended = rules.IsSuspended,
            IsOutage = rules.IsOutage,
            Requests = [.. all.Where(static request => request.Kind != ConnectionKind.Inbound).Select(request => Describe(request, now))],
            Attempts = [.. all.Where(static request => request.Link is { Phase: not LinkPhase.Established }).Select(request => Describe(request.Link!, now))],
            Connections = [.. all.Where(static request => request.Link is { Phase: LinkPhase.Established })
                .Select(request => new ConnectionSnapshot((Connection)request.Link!.Handle!, now - request.Link.EstablishedAt))],
            Draining = [.. runner.Busy.Where(static connection => connection.Work.HasFlag(ConnectionWork.Handler) && connection.Link.Phase == LinkPhase.Ended)
                .OrderBy(static connection => connection.Id)],
        };
    }

    private static InboundSnapshot Describe(ConnectionRules rules, TimeSpan now) => new()
    {
        Regular = rules.Inbound.Regular.Count,
        AllowListed = rules.Inbound.Allowed.Count,
        Handshakes = rules.Inbound.Handshakes,
        IsFlooded = rules.IsFlooded(now),
        Accepted = rules.InboundAccepted,
        Evicted = rules.Evicted,
        Refusals = [.. rules.Refusals.All()],
    };

    private static RequestSnapshot Describe(Request request, TimeSpan now) =>
        new(request.Id, request.Kind, request.State, request.EndPoint, request.Attempts, request.HeapIndex < 0 ? null : request.Due - now);

    private static AttemptSnapshot Describe(Link link, TimeSpan now) =>
        new(link.Request.Id, link.Request.Kind, link.Request.EndPoint ?? link.RemoteEndPoint, link.ConnectPhase, now - link.StartedAt);
}
