namespace Connmgr;

/// <summary>The address book that <see cref="PeersFile.OpenAsync"/> opened. Immutable.</summary>
public sealed class LoadedAddressBook
{
    internal LoadedAddressBook(AddressBook book, AddressFileException? error = null, string? quarantinePath = null) => (Book, Error, QuarantinePath) = (book, error, quarantinePath);

    /// <summary>The book: that of the file, or a new one.</summary>
    public AddressBook Book { get; }

    /// <summary>The reason why the file could not be read, for a message; null if it was read or does not exist.</summary>
    public AddressFileException? Error { get; }

    /// <summary>The path to which the damaged file was renamed; null without damage.</summary>
    public string? QuarantinePath { get; }
}
