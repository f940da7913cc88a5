namespace Connmgr.Bitcoin;

/// <summary>The tag of a request that the network itself makes: its purpose, and the data that belongs to it.</summary>
internal sealed record PeerTag(PeerPurpose Purpose) : IDialTag
{
    /// <summary>The address of the book that is dialled; null when it came from elsewhere.</summary>
    public AddressBookCandidate? Candidate { get; init; }

    /// <summary>For an address fetch: receives the number of addresses that the peer gave, or the exception that ended the fetch.</summary>
    public TaskCompletionSource<(long Accepted, Exception? Failure)>? Fetched { get; init; }

    /// <summary>For a trial: receives the peer once it is one, or null when the connection ended before.</summary>
    public TaskCompletionSource<BitcoinPeer?>? Began { get; init; }

    /// <summary>For a single peer that is waited for: receives the peer once it has joined.</summary>
    public TaskCompletionSource<BitcoinPeer>? Joined { get; init; }

    /// <summary>For a private broadcast: the conversation.</summary>
    public PrivateExchange? Private { get; init; }

    /// <inheritdoc/>
    public bool NeedsOwnIdentity => Purpose == PeerPurpose.PrivateBroadcast;

    /// <summary>With <see cref="Joined"/>: the connection, from its handshake on.</summary>
    public Connection? Connection { get; set; }

    /// <summary>Gets the purpose of a connection or request from its kind and tag.</summary>
    public static PeerPurpose GetPurpose(ConnectionKind kind, object? tag) => tag switch
    {
        PeerTag when kind == ConnectionKind.Automatic => PeerPurpose.Automatic, // A trial that was promoted.
        PeerTag own => own.Purpose,
        AddressBookCandidate { IsAnchor: true } => PeerPurpose.Anchor,
        _ => kind switch
        {
            ConnectionKind.Automatic => PeerPurpose.Automatic,
            ConnectionKind.Permanent => PeerPurpose.Permanent,
            ConnectionKind.Inbound => PeerPurpose.Inbound,
            ConnectionKind.Trial => PeerPurpose.Trial,
            _ => PeerPurpose.OneOff,
        },
    };

    /// <summary>Gets the address of the book that a connection was dialled at; null if it came from elsewhere.</summary>
    public static AddressBookCandidate? GetCandidate(Connection connection) => connection.Request?.Tag switch
    {
        AddressBookCandidate candidate => candidate,
        PeerTag own => own.Candidate,
        _ => null,
    };

    /// <summary>Gets the network of the peer's address; none if it is not known.</summary>
    public static AddressNetworks GetNetwork(Connection connection) =>
        GetEndPoint(connection)?.Address.Network.ToSet() ?? AddressNetworks.None;

    /// <summary>Gets the peer's address as the address book knows it.</summary>
    /// <returns>Null for an inbound peer, and for a name whose address is unknown.</returns>
    public static NetworkEndPoint? GetEndPoint(Connection connection) => GetCandidate(connection) switch
    {
        { } candidate => candidate.EndPoint,
        _ when connection.Direction == ConnectionDirection.Inbound => null,
        _ => NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint) ? endPoint.ToCjdns() : null,
    };
}
