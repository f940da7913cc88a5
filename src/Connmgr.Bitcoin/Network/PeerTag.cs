namespace Connmgr.Bitcoin;

/// <summary>What the network itself asks a connection for: the tag of its request.</summary>
internal sealed record PeerTag(PeerPurpose Purpose)
{
    /// <summary>The address of the book that it is about.</summary>
    public AddressBookCandidate? Candidate { get; init; }

    /// <summary>Where those who wait for fetched addresses learn how many there were.</summary>
    public TaskCompletionSource<(long Accepted, Exception? Failure)>? Fetched { get; init; }
}
