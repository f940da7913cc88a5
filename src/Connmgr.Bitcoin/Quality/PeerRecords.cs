namespace Connmgr.Bitcoin;

/// <summary>
/// Collects the facts of peers and addresses from the connection, the address book and the quarantine, and remembers those of the outbound
/// peers that have gone. Thread-safe.
/// </summary>
/// <param name="book">The address book.</param>
/// <param name="quarantine">The quarantine.</param>
internal sealed class PeerRecords(AddressBook book, AddressQuarantine quarantine)
{
    /// <summary>The most peers that are remembered. Beyond it, the one that left first is forgotten.</summary>
    public const int MaxRemembered = 1024;

    private readonly Lock _lock = new();

    // The last connection of each address, the latest at the end. Guarded by _lock.
    private readonly OrderedDictionary<NetworkEndPoint, PeerFacts> _gone = [];

    /// <summary>Gets the facts of a connected peer.</summary>
    public PeerFacts Get(BitcoinPeer peer, Connection connection)
    {
        var facts = Observe(peer, connection);
        return PeerTag.GetEndPoint(connection) is { } endPoint ? AddAddress(facts, endPoint) : facts;
    }

    /// <summary>Gets the facts of an address: those of its last connection, if it is remembered, and of the book and the quarantine.</summary>
    public PeerFacts Get(NetworkEndPoint endPoint)
    {
        PeerFacts? last;
        lock (_lock)
            last = _gone.GetValueOrDefault(endPoint);
        return AddAddress(last ?? new PeerFacts { EndPoint = endPoint.ToEndPoint() }, endPoint);
    }

    /// <summary>Remembers an outbound peer whose connection has ended.</summary>
    public void NoteEnd(BitcoinPeer peer, Connection connection, NetworkEndPoint endPoint, DisconnectCause cause)
    {
        var facts = Observe(peer, connection) with { EndedBy = cause };
        lock (_lock)
        {
            _gone.Remove(endPoint);
            if (_gone.Count >= MaxRemembered)
                _gone.RemoveAt(0);
            _gone.Add(endPoint, facts);
        }
    }

    private static PeerFacts Observe(BitcoinPeer peer, Connection connection) => new()
    {
        EndPoint = connection.RemoteEndPoint,
        Purpose = PeerNetwork.GetPurpose(connection),
        Services = peer.Version.Services,
        ProtocolVersion = peer.ProtocolVersion,
        UserAgent = peer.Version.UserAgent,
        ConnectTime = connection.Direction == ConnectionDirection.Outbound ? connection.ConnectTime : null,
        LastRoundTrip = peer.LastRoundTrip,
        ShortestRoundTrip = peer.ShortestRoundTrip,
        Stayed = connection.Age,
        UsefulBlocks = connection.Usefulness.Blocks,
        UsefulTransactions = connection.Usefulness.Transactions,
        RequestsAnswered = peer.RequestsAnswered,
        RequestsTimedOut = peer.RequestsTimedOut,
        Misbehaviors = connection.Usefulness.Misbehaviors,
    };

    private PeerFacts AddAddress(PeerFacts facts, in NetworkEndPoint endPoint)
    {
        var isKnown = book.TryGet(endPoint, out var entry);
        var rest = quarantine.Find(endPoint);
        return facts with
        {
            Services = facts.Purpose is null && isKnown ? (NodeServices)entry.Address.Services : facts.Services,
            FailedAttempts = isKnown ? entry.FailedAttempts : 0,
            LastSuccess = isKnown ? entry.LastSuccess : null,
            QuarantineTimes = rest?.Times ?? 0,
            RestsUntil = rest?.RestsUntil,
        };
    }
}
