namespace Connmgr.Tool;

/// <summary>Lists the peers of a snapshot.</summary>
internal static class PeerItems
{
    /// <summary>Gets the connected peers, the oldest first, and then the wanted ones.</summary>
    public static IEnumerable<PeerItem> From(ConnectionManagerSnapshot snapshot) =>
    [
        .. snapshot.Connections.OrderByDescending(connected => connected.Age).ThenBy(connected => connected.Connection.Id).Select(From),
        .. snapshot.Requests.Where(request => request.State is ConnectionState.Pending or ConnectionState.Failing)
            .OrderBy(request => request.Id)
            .Select(request => From(request, snapshot)),
    ];

    private static PeerItem From(ConnectionSnapshot connected)
    {
        var facts = PeerDetails.From(connected.Connection);
        return new PeerItem
        {
            Id = facts.Id,
            Address = connected.Connection.RemoteEndPoint is null ? null : facts.Address,
            Direction = Names.Get(facts.Direction),
            Kind = Names.Get(facts.Kind),
            Purpose = Names.Get(facts.Purpose),
            Group = facts.Group,
            State = "connected",
            UserAgent = facts.UserAgent,
            Services = facts.Services,
            Height = facts.Height < 0 ? null : facts.Height,
            ProtocolVersion = facts.ProtocolVersion,
            PingMilliseconds = facts.RoundTrip is { } ping ? Math.Round(ping.TotalMilliseconds, 3) : null,
            Seconds = Math.Round(connected.Age.TotalSeconds, 3),
        };
    }

    private static PeerItem From(RequestSnapshot request, ConnectionManagerSnapshot snapshot) => new()
    {
        Id = request.Id,
        Address = request.EndPoint is null ? null : AddressText.Format(request.EndPoint),
        Direction = Names.Get(ConnectionDirection.Outbound),
        Kind = Names.Get(request.Kind),
        Purpose = Names.Get(request.Kind),
        State = snapshot.Attempts.Any(attempt => attempt.RequestId == request.Id) ? "connecting" : "waiting",
        Attempts = request.Attempts,
        RetrySeconds = request.RetryIn is { } retry ? Math.Round(retry.TotalSeconds, 3) : null,
    };
}
