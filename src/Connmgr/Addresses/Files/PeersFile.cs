using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The file of an <see cref="AddressBook"/>: peers.dat of Bitcoin Core, so that a book can move between both programs. Reads formats 0 to 4
/// and writes format 4. Times of attempts and pending collisions are not saved. Thread-safe.
/// </summary>
public static class PeersFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "peers.dat";

    /// <summary>The maximum length of a file in bytes (64 MiB; a full book has less than 12).</summary>
    internal const int MaxLength = 64 << 20;

    /// <summary>
    /// Opens the book of a program: reads the file, or creates a new book if there is no file or it is damaged. Never overwrites a file
    /// that is damaged, of another chain or of a later version, but renames it (peers.dat.bad, peers.dat.bad.2, ...). Deletes temporary
    /// files that writers left behind, so no other process may be writing the file.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="options">The options of the book; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The book, and the error in the file.</returns>
    /// <exception cref="IOException">The file exists but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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
    /// Does the same as <see cref="OpenAsync"/> for a book that is already in use: replaces its content with that of the file, including
    /// the secret that determines the places, and then adds the addresses that the book had before.
    /// </summary>
    /// <param name="book">The book.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The given book, and the error in the file; on an error the book is unchanged.</returns>
    /// <exception cref="IOException">The file exists but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="options">
    /// The options of the book; null for the defaults. If the grouping differs from that of the file, all addresses get new places.
    /// </param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The book.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read, for example because it does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<AddressBook> LoadAsync(
        string path, ImmutableArray<byte> magic, AddressBookOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        return Read(path, bytes.Span, magic.AsSpan(), options ?? new AddressBookOptions());
    }

    /// <summary>
    /// Reads a file into a book that is already in use, as <see cref="OpenIntoAsync"/> does. Changes nothing on the disk.
    /// </summary>
    /// <param name="book">The book.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>A task that completes when the book has the content of the file.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version; the book is unchanged.</exception>
    /// <exception cref="IOException">The file cannot be read, for example because it does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    internal static async Task LoadIntoAsync(
        AddressBook book, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        RestoreInto(book, path, bytes.Span, magic.AsSpan());
    }

    /// <summary>
    /// Writes a book into a temporary file, flushes it to the disk and renames it, so that the file is the old or the new one at every
    /// moment, even if the process crashes. The folder must exist. On Unix a new file is readable by its owner only, and a replaced one
    /// keeps its owner and permissions; a link is followed, and a pipe or a character device is written to directly.
    /// </summary>
    /// <param name="book">The book. It can be used meanwhile.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the writing; the file is then unchanged.</param>
    /// <returns>A task that completes when the file is written.</returns>
    /// <exception cref="IOException">The file cannot be written; it is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static Task SaveAsync(AddressBook book, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var content = PeersFormat.Write(book.Capture(), SealedBytes.Check(magic.AsSpan()));
        return NamedFile.WriteAsync(path, content, cancellationToken: cancellationToken);
    }

    internal static AddressBook Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, AddressBookOptions options)
    {
        var snapshot = PeersFormat.Read(path, bytes, SealedBytes.Check(magic));
        try
        {
            return new AddressBook(options, snapshot);
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    private static void RestoreInto(AddressBook book, string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        var snapshot = PeersFormat.Read(path, bytes, SealedBytes.Check(magic));
        try
        {
            book.Restore(snapshot);
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }
}
