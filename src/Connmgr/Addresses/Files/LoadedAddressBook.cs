namespace Connmgr;

/// <summary>The address book that <see cref="PeersFile.OpenAsync"/> opened. Immutable.</summary>
public sealed class LoadedAddressBook
{
    internal LoadedAddressBook(AddressBook book, AddressFileException? error = null, string? quarantinePath = null) => (Book, Error, QuarantinePath) = (book, error, quarantinePath);

    /// <summary>The book: that of the file, or a new one.</summary>
    public AddressBook Book { get; }

    /// <summary>The reason why the file could not be read, for a message; null when it could, or when there is none.</summary>
    public AddressFileException? Error { get; }

    /// <summary>The name that the damaged file has now; null without damage.</summary>
    public string? QuarantinePath { get; }
}
