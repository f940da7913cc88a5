namespace Connmgr;

/// <summary>
/// The <see cref="Candidate.Tag"/> of the addresses of an <see cref="AddressBookSource"/>. With it handshakes and handlers
/// (<see cref="ConnectionRequest.Tag"/>) know the entry of the book. Immutable.
/// </summary>
public sealed class AddressBookCandidate
{
    internal AddressBookCandidate(AddressEntry entry, bool isAnchor = false, string? profile = null) =>
        (Entry, IsAnchor, Profile) = (entry, isAnchor, profile);

    /// <summary>The address and what was known about it when it was chosen.</summary>
    public AddressEntry Entry { get; }

    /// <summary>True when the address was passed to <see cref="AddressBookSource.Prioritize"/> instead of chosen from the book.</summary>
    public bool IsAnchor { get; }

    /// <summary>The profile that the connection must have; null for any.</summary>
    internal string? Profile { get; }

    /// <summary>The address to dial in the form of the book, in which CJDNS is a separate network.</summary>
    internal NetworkEndPoint EndPoint => Entry.EndPoint;
}
