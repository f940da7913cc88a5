namespace Connmgr;

/// <summary>
/// What an <see cref="AddressBookSource"/> puts into <see cref="Candidate.Tag"/>, so that handshake and handler
/// (<see cref="ConnectionRequest.Tag"/>) know which address of the book they have to do with. Immutable.
/// </summary>
/// <param name="Entry">The address and what was known of it when it was chosen.</param>
/// <param name="IsAnchor">Whether it was offered first, by <see cref="AddressBookSource.OfferFirst"/>, and not chosen.</param>
public sealed record AddressBookCandidate(AddressEntry Entry, bool IsAnchor = false)
{
    /// <summary>Where to dial; as the book knows it, so that a CJDNS address is one.</summary>
    public NetworkEndPoint EndPoint => Entry.EndPoint;
}
