namespace Connmgr;

/// <summary>
/// The file of a <see cref="BanList"/>: banlist.json of Bitcoin Core, so that bans move from there and back. Additional fields
/// (<c>cause</c>, <c>comment</c>) and entries for autonomous systems are passed
/// over by Bitcoin Core, and lost when it writes the file. Thread-safe.
/// </summary>
public static class BanListFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "banlist.json";

    /// <summary>The longest file that is read, in bytes (256 MiB; 100,000 bans take 20 MB).</summary>
    internal const int MaxLength = 256 << 20;

    /// <summary>The maximum number of dropped entries that are reported individually.</summary>
    internal const int MaxReportedRejects = 100;

    /// <summary>
    /// Opens the list of a program: reads the file, or makes a new list when there is none or it is damaged. A damaged file is set aside
    /// (banlist.json.bad, banlist.json.bad.2, ...), never overwritten. Removes
    /// temporary files that writers left behind, so no writer may be active.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The options of the list; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The list, and what was wrong with the file.</returns>
    /// <exception cref="IOException">The file is there but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<LoadedBanList> OpenAsync(string path, BanListOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return await OpenIntoAsync(new BanList(options), path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads a file as <see cref="OpenAsync"/> does, into a list that is already in use.
    /// </summary>
    /// <param name="bans">The list.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The list given, and what was wrong with the file; the list is then as it was.</returns>
    /// <exception cref="IOException">The file is there but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    internal static async Task<LoadedBanList> OpenIntoAsync(BanList bans, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bans);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new(bans, [], 0);
        try
        {
            return await LoadIntoAsync(bans, path, cancellationToken).ConfigureAwait(false);
        }
        catch (AddressFileException damage)
        {
            return new(bans, [], 0, damage, AtomicFile.SetAside(path));
        }
    }

    /// <summary>
    /// Reads a file: one of Bitcoin Core's, or the answer of its <c>listbanned</c>. Changes nothing on the disk.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The options of the list; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>
    /// The list, and what could not be taken: entries with an address that is none, with another version than 1, without times, or beyond
    /// the limits of the list.
    /// </returns>
    /// <exception cref="AddressFileException">The file as a whole is not such a file.</exception>
    /// <exception cref="IOException">The file cannot be read; it is not there, for one.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<LoadedBanList> LoadAsync(string path, BanListOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return await LoadIntoAsync(new BanList(options), path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes the bans that hold, and those that the list keeps because its clock can't be relied on, so that at every moment, whatever becomes of the process, the file is the old one or the new one. The
    /// folder must be there. On Unix a new file is its owner's alone, and one that is replaced keeps its owner and permissions; a link is
    /// followed, and a pipe or a character device written into.
    /// </summary>
    /// <param name="bans">The list. It can be used meanwhile.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <returns>A task that ends when the file is written.</returns>
    /// <exception cref="IOException">The file cannot be written; it is then as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static Task SaveAsync(BanList bans, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bans);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return NamedFile.WriteAsync(path, BanListFormat.Write(bans.GetKept()), cancellationToken: cancellationToken);
    }

    private static async Task<LoadedBanList> LoadIntoAsync(BanList bans, string path, CancellationToken cancellationToken)
    {
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        return Fill(bans, BanListFormat.Read(path, bytes));
    }

    internal static LoadedBanList Fill(BanList list, BanListImage image)
    {
        var dropped = image.Dropped;
        var count = image.DroppedCount;
        var outcomes = list.Restore(image.Bans);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] != BanOutcome.ListFull)
                continue;
            count++;
            if (dropped.Length < MaxReportedRejects)
                dropped = dropped.Add(new RejectedBan(image.Places[i], $"the list has as many bans as it may; {image.Bans[i].Target} is one too many"));
        }

        return new(list, dropped, count);
    }
}
