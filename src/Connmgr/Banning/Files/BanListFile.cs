namespace Connmgr;

/// <summary>
/// The file of a <see cref="BanList"/>: banlist.json of Bitcoin Core, so that bans can move between both programs. Bitcoin Core ignores the
/// additional fields (<c>cause</c>, <c>comment</c>) and the entries for autonomous systems, and loses them when it writes the file.
/// Thread-safe.
/// </summary>
public static class BanListFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "banlist.json";

    /// <summary>The maximum length of a file in bytes (256 MiB; 100,000 bans take 20 MB).</summary>
    internal const int MaxLength = 256 << 20;

    /// <summary>The maximum number of dropped entries that are reported individually.</summary>
    internal const int MaxReportedRejects = 100;

    /// <summary>
    /// Opens the list of a program: reads the file, or creates a new list if there is no file or it is damaged. Never overwrites a damaged
    /// file, but renames it (banlist.json.bad, banlist.json.bad.2, ...). Deletes temporary files that writers left behind, so no writer may
    /// be active.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="options">The options of the list; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The list, and the error in the file.</returns>
    /// <exception cref="IOException">The file exists but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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
    /// <param name="path">The path of the file.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The given list, and the error in the file; on an error the list is unchanged.</returns>
    /// <exception cref="IOException">The file exists but cannot be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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
    /// Reads a file of Bitcoin Core, or the answer of its <c>listbanned</c>. Changes nothing on the disk.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="options">The options of the list; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>
    /// The list, and the rejected entries: those with an invalid address, with a version other than 1, without times, or beyond the limits
    /// of the list.
    /// </returns>
    /// <exception cref="AddressFileException">The file as a whole does not have the format.</exception>
    /// <exception cref="IOException">The file cannot be read, for example because it does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static async Task<LoadedBanList> LoadAsync(string path, BanListOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return await LoadIntoAsync(new BanList(options), path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes the bans in force, and those that the list keeps because its clock is not trusted. Writes them into a temporary file, flushes
    /// it to the disk and renames it, so that the file is the old or the new one at every moment, even if the process crashes. The folder
    /// must exist. On Unix a new file is readable by its owner only, and a replaced one keeps its owner and permissions; a link is
    /// followed, and a pipe or a character device is written to directly.
    /// </summary>
    /// <param name="bans">The list. It can be used meanwhile.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="cancellationToken">Cancels the writing; the file is then unchanged.</param>
    /// <returns>A task that completes when the file is written.</returns>
    /// <exception cref="IOException">The file cannot be written; it is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
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

    internal static LoadedBanList Fill(BanList list, BanListContent content)
    {
        var dropped = content.Dropped;
        var count = content.DroppedCount;
        var outcomes = list.Restore(content.Bans);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] != BanOutcome.ListFull)
                continue;
            count++;
            if (dropped.Length < MaxReportedRejects)
                dropped = dropped.Add(new RejectedBan(content.Places[i], $"the list is full, so {content.Bans[i].Target} was not added"));
        }

        return new(list, dropped, count);
    }
}
