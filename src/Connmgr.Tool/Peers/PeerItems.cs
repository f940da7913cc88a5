using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Lists the peers of a snapshot.</summary>
internal static class PeerItems
{
    /// <summary>Gets the connected peers, the oldest first, and then the wanted ones.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="rate">Rates a connected peer.</param>
    public static IEnumerable<PeerItem> From(ConnectionManagerSnapshot snapshot, Func<BitcoinPeer, PeerRating> rate) =>
    [
        .. snapshot.Connections.OrderByDescending(connected => connected.Age).ThenBy(connected => connected.Connection.Id).Select(connected => From(connected, rate)),
        .. snapshot.Requests.Where(request => request.State is ConnectionState.Pending or ConnectionState.Failing)
            .OrderBy(request => request.Id)
            .Select(request => From(request, snapshot)),
    ];

    private static PeerItem From(ConnectionSnapshot connected, Func<BitcoinPeer, PeerRating> rate)
    {
        var facts = PeerDetails.From(connected.Connection);
        var rating = connected.Connection.UserState is BitcoinPeer peer ? rate(peer) : null;
        return new PeerItem
        {
            Id = facts.Id,
            Address = connected.Connection.RemoteEndPoint is null ? null : facts.Address,
            Direction = Names.Get(facts.Direction),
            Kind = Names.Get(facts.Kind),
            Purpose = Names.Get(facts.Purpose),
            Group = facts.Group,
            Rating = rating is null ? null : Math.Round(rating.Value, 1),
            RatingReasons = rating is null ? null : [.. rating.Reasons.Select(static reason => new RatingReasonItem(SafeText.Line(reason.Name), Math.Round(reason.Weight, 1)))],
            State = "connected",
            UserAgent = facts.UserAgent,
            Services = facts.Services,
            Height = facts.Height < 0 ? null : facts.Height,
            ProtocolVersion = facts.ProtocolVersion,
            Transport = facts.Transport,
            SessionId = facts.SessionId,
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
