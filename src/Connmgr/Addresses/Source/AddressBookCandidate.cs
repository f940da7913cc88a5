namespace Connmgr;

/// <summary>
/// The <see cref="Candidate.Tag"/> of the addresses of an <see cref="AddressBookSource"/>, so that handshakes and handlers (<see cref="ConnectionRequest.Tag"/>) know the
/// entry of the book. Immutable.
/// </summary>
public sealed class AddressBookCandidate
{
    internal AddressBookCandidate(AddressEntry entry, bool isAnchor = false) => (Entry, IsAnchor) = (entry, isAnchor);

    /// <summary>The address, with what was known of it when it was chosen.</summary>
    public AddressEntry Entry { get; }

    /// <summary>True when it was offered first, by <see cref="AddressBookSource.Prioritize"/>, and not chosen.</summary>
    public bool IsAnchor { get; }

    /// <summary>The address to dial in the book's form, in which CJDNS is a network.</summary>
    internal NetworkEndPoint EndPoint => Entry.EndPoint;
}
