namespace Connmgr.Tool;

/// <summary>Lists the peers of a snapshot.</summary>
internal static class PeerItems
{
    /// <summary>Gets the connected peers, the oldest first, and then the wanted ones.</summary>
    public static IEnumerable<PeerItem> Of(ConnectionManagerSnapshot snapshot) =>
    [
        .. snapshot.Connections.OrderByDescending(connected => connected.Age).ThenBy(connected => connected.Connection.Id).Select(Of),
        .. snapshot.Requests.Where(request => request.State is ConnectionState.Pending or ConnectionState.Failing)
            .OrderBy(request => request.Id)
            .Select(request => Of(request, snapshot)),
    ];

    private static PeerItem Of(ConnectionSnapshot connected)
    {
        var facts = PeerDetails.Of(connected.Connection);
        return new PeerItem
        {
            Id = facts.Id,
            Address = connected.Connection.RemoteEndPoint is null ? null : facts.Address,
            Direction = Names.Of(facts.Direction),
            Kind = Names.Of(facts.Kind),
            Purpose = Names.Of(facts.Purpose),
            State = "connected",
            UserAgent = facts.UserAgent,
            Services = facts.Services,
            Height = facts.Height < 0 ? null : facts.Height,
            ProtocolVersion = facts.ProtocolVersion,
            PingMilliseconds = facts.RoundTrip is { } ping ? Math.Round(ping.TotalMilliseconds, 3) : null,
            Seconds = Math.Round(connected.Age.TotalSeconds, 3),
        };
    }

    private static PeerItem Of(RequestSnapshot request, ConnectionManagerSnapshot snapshot) => new()
    {
        Id = request.Id,
        Address = request.EndPoint is null ? null : AddressText.Of(request.EndPoint),
        Direction = Names.Of(ConnectionDirection.Outbound),
        Kind = Names.Of(request.Kind),
        Purpose = Names.Of(request.Kind),
        State = snapshot.Attempts.Any(attempt => attempt.RequestId == request.Id) ? "connecting" : "waiting",
        Attempts = request.Attempts,
        RetrySeconds = request.RetryIn is { } retry ? Math.Round(retry.TotalSeconds, 3) : null,
    };
}
