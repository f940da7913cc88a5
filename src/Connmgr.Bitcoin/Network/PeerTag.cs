namespace Connmgr.Bitcoin;

/// <summary>The tag of a request that the network itself makes: its purpose, and the data that belongs to it.</summary>
internal sealed record PeerTag(PeerPurpose Purpose)
{
    /// <summary>The address of the book that is dialled; null when it came from elsewhere.</summary>
    public AddressBookCandidate? Candidate { get; init; }

    /// <summary>For an address fetch: receives the number of addresses that the peer gave, or the exception that ended the fetch.</summary>
    public TaskCompletionSource<(long Accepted, Exception? Failure)>? Fetched { get; init; }

    /// <summary>Gets the purpose of a connection or request from its kind and tag.</summary>
    public static PeerPurpose GetPurpose(ConnectionKind kind, object? tag) => tag switch
    {
        PeerTag own => own.Purpose,
        AddressBookCandidate { IsAnchor: true } => PeerPurpose.Anchor,
        _ => kind switch
        {
            ConnectionKind.Automatic => PeerPurpose.Automatic,
            ConnectionKind.Permanent => PeerPurpose.Permanent,
            ConnectionKind.Inbound => PeerPurpose.Inbound,
            _ => PeerPurpose.OneOff,
        },
    };

    /// <summary>Gets the peer's address as the address book knows it.</summary>
    /// <returns>Null for an inbound peer, and for a name whose address is unknown.</returns>
    public static NetworkEndPoint? GetEndPoint(Connection connection) => connection.Request?.Tag switch
    {
        AddressBookCandidate candidate => candidate.EndPoint,
        PeerTag { Candidate: { } candidate } => candidate.EndPoint,
        _ when connection.Direction == ConnectionDirection.Inbound => null,
        _ => NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint) ? endPoint : null,
    };
}
