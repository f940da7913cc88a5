namespace Connmgr;

/// <summary>What <see cref="PeersFile.OpenAsync"/> found.</summary>
/// <param name="Book">The book: that of the file, or a new one.</param>
/// <param name="Damage">Why the file could not be read, for a message. Null: it could, or there is none.</param>
/// <param name="SetAside">The name that the damaged file has now. Null without damage.</param>
public sealed record LoadedAddressBook(AddressBook Book, AddressFileException? Damage = null, string? SetAside = null);
