using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The file of an <see cref="AddressBook"/>: peers.dat of Bitcoin Core, so that a book moves from there and back. Reads its formats 0 to 4
/// and writes 4. The times of attempts and the collisions that wait are not kept. Thread-safe.
/// </summary>
public static class PeersFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "peers.dat";

    /// <summary>The longest file that is read, in bytes (64 MiB; a full book has under 12).</summary>
    internal const int MaxLength = 64 << 20;

    /// <summary>
    /// Opens the book of a program: reads the file, or makes a new book when there is none or it is damaged. A damaged file, that of
    /// another chain and one of a later version are set aside (peers.dat.bad, peers.dat.bad.2, ...), never overwritten. Removes temporary
    /// files that writers left behind, so nobody may be writing the file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="options">The options of the book; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The book, and what was wrong with the file.</returns>
    /// <exception cref="IOException">The file is there but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<LoadedAddressBook> OpenAsync(
        string path, ImmutableArray<byte> magic, AddressBookOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new(new AddressBook(options));
        try
        {
            return new(await LoadAsync(path, magic, options, cancellationToken).ConfigureAwait(false));
        }
        catch (AddressFileException damage)
        {
            return new(new AddressBook(options), damage, AtomicFile.SetAside(path));
        }
    }

    /// <summary>
    /// As <see cref="OpenAsync"/>, for a book that is in use already: what the file has is put into it, the secret that decides the places
    /// included; what the book had before is added to that.
    /// </summary>
    /// <param name="book">The book.</param>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The book given, and what was wrong with the file; the book is then as it was.</returns>
    /// <exception cref="IOException">The file is there but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    internal static async Task<LoadedAddressBook> OpenIntoAsync(
        AddressBook book, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new(book);
        try
        {
            await LoadIntoAsync(book, path, magic, cancellationToken).ConfigureAwait(false);
            return new(book);
        }
        catch (AddressFileException damage)
        {
            return new(book, damage, AtomicFile.SetAside(path));
        }
    }

    /// <summary>Reads a file. Changes nothing on the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="options">
    /// The options of the book; null for the defaults. With another grouping than the file's, addresses are placed anew.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The book.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read; it is not there, for one.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<AddressBook> LoadAsync(
        string path, ImmutableArray<byte> magic, AddressBookOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        return Read(path, bytes.Span, magic.AsSpan(), options ?? new AddressBookOptions());
    }

    /// <summary>
    /// Reads a file into a book that is in use already, as <see cref="OpenIntoAsync"/> does. Changes nothing on the disk.
    /// </summary>
    /// <param name="book">The book.</param>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>A task that ends when the book has what the file has.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version; the book is then as it was.</exception>
    /// <exception cref="IOException">The file cannot be read; it is not there, for one.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    internal static async Task LoadIntoAsync(
        AddressBook book, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        Adopt(book, path, bytes.Span, magic.AsSpan());
    }

    /// <summary>
    /// Writes a book, so that at every moment, whatever becomes of the process, the file is the old one or the new one: into a temporary
    /// file, flushed to the disk, renamed. The folder must be there. On Unix a new file is its owner's alone, and one that is replaced keeps
    /// its owner and permissions; a link is followed, and a pipe or a character device written into.
    /// </summary>
    /// <param name="book">The book. It can be used meanwhile.</param>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <returns>A task that ends when the file is written.</returns>
    /// <exception cref="IOException">The file cannot be written; it is then as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static Task SaveAsync(AddressBook book, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var content = PeersFormat.Write(book.Capture(), SealedBytes.Check(magic.AsSpan()));
        return NamedFile.WriteAsync(path, content, cancellationToken: cancellationToken);
    }

    internal static AddressBook Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, AddressBookOptions options)
    {
        var image = PeersFormat.Read(path, bytes, SealedBytes.Check(magic));
        try
        {
            return new AddressBook(options, image);
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    private static void Adopt(AddressBook book, string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        var image = PeersFormat.Read(path, bytes, SealedBytes.Check(magic));
        try
        {
            book.Restore(image);
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }
}
