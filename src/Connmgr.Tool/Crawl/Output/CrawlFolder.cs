using System.Collections.Immutable;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>
/// The folder into which a crawl writes: <c>visits/TIME.jsonl</c>, <c>snapshots/TIME.json</c> and <c>summaries/TIME.json</c>, where the time is in
/// seconds since 1970. Old files are deleted; no others are. A crawl locks the folder, so one process at a time writes into it.
/// </summary>
internal sealed class CrawlFolder
{
    private const string VisitsExtension = ".jsonl";
    private const string JsonExtension = ".json";
    private const int TimeDigits = 10;
    private const long MaxSeconds = 9_999_999_999;

    /// <summary>The permissions of the files: their readers are other programs, such as a web server.</summary>
    public const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private CrawlFolder(string path) => Path = path;

    /// <summary>The full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The folder of the visits.</summary>
    public string Visits => System.IO.Path.Combine(Path, "visits");

    /// <summary>The folder of the snapshots.</summary>
    public string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>The folder of the summaries.</summary>
    public string Summaries => System.IO.Path.Combine(Path, "summaries");

    /// <summary>Opens a folder that a crawl has written.</summary>
    /// <exception cref="ToolException">There is no such folder, or it has no summaries.</exception>
    public static CrawlFolder Open(string path)
    {
        var folder = new CrawlFolder(System.IO.Path.GetFullPath(path));
        return Directory.Exists(folder.Summaries)
            ? folder
            : throw new ToolException($"'{path}' has no results of a crawl: name the folder of 'connmgr crawl --out', in which a round has ended.");
    }

    /// <summary>Creates the folder and its subfolders.</summary>
    /// <exception cref="ToolException">It can't be created.</exception>
    public static CrawlFolder Create(string path)
    {
        var folder = new CrawlFolder(System.IO.Path.GetFullPath(path));
        try
        {
            foreach (var each in (string[])[folder.Visits, folder.Snapshots, folder.Summaries])
                Directory.CreateDirectory(each);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't create the folder '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Creates a new file for visits, which other processes can read. Its name has the time, or a later one than all others.</summary>
    /// <exception cref="IOException">It can't be created.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public FileStream CreateVisits(DateTimeOffset time)
    {
        var seconds = ToSeconds(time);
        if (Find(Visits, VisitsExtension) is [.., { Time: var newest and < MaxSeconds }])
            seconds = Math.Max(seconds, newest + 1); // Names sort by age, also after the clock was set back.
        var options = new FileStreamOptions { Mode = System.IO.FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = FileMode;
        while (true)
        {
            var path = System.IO.Path.Combine(Visits, GetName(seconds, VisitsExtension));
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException) when (seconds < MaxSeconds && System.IO.File.Exists(path))
            {
                seconds++;
            }
        }
    }

    /// <summary>Writes a snapshot and a summary, each whole, the snapshot first.</summary>
    /// <exception cref="IOException">A file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public async Task WriteRoundAsync(DateTimeOffset time, ReadOnlyMemory<byte> snapshot, ReadOnlyMemory<byte> summary, CancellationToken cancellationToken)
    {
        var name = GetName(ToSeconds(time), JsonExtension);
        await NamedFile.WriteAsync(System.IO.Path.Combine(Snapshots, name), snapshot, FileMode, cancellationToken).ConfigureAwait(false);
        await NamedFile.WriteAsync(System.IO.Path.Combine(Summaries, name), summary, FileMode, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets the snapshots or the summaries, the oldest first.</summary>
    /// <param name="folder"><see cref="Snapshots"/> or <see cref="Summaries"/>.</param>
    /// <exception cref="IOException">The folder can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public static ImmutableArray<string> GetFiles(string folder) => [.. Find(folder, JsonExtension).Select(static file => file.File.FullName)];

    /// <summary>Deletes the oldest files beyond the limits. What can't be deleted stays.</summary>
    public void Prune(CrawlFolderLimits limits)
    {
        try
        {
            DeleteBeyondBytes(Find(Visits, VisitsExtension).Reverse().Skip(1), limits.MaxVisitBytes); // The newest is being written.
            DeleteBeyond(Snapshots, limits.MaxSnapshots);
            DeleteBeyond(Summaries, limits.MaxSummaries);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another program changes the folder. The next round tries again.
        }

        static void DeleteBeyond(string folder, int count)
        {
            foreach (var file in Find(folder, JsonExtension).Reverse().Skip(count))
                TryDelete(file.File);
        }
    }

    private static void DeleteBeyondBytes(IEnumerable<CrawlFile> newestFirst, long maxBytes)
    {
        var bytes = 0L;
        foreach (var (_, file) in newestFirst.Where(static each => each.File.Exists))
        {
            bytes += file.Length;
            if (bytes > maxBytes)
                TryDelete(file);
        }
    }

    private static void TryDelete(FileInfo file)
    {
        try
        {
            file.Delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next round tries again.
        }
    }

    /// <summary>Finds the files that have names of this class, the oldest first. All others are the user's.</summary>
    private static CrawlFile[] Find(string folder, string extension)
    {
        var files = new List<CrawlFile>();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*" + extension))
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(file.Name.AsSpan());
            if (name.Length == TimeDigits && long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
                files.Add(new(time, file));
        }

        return [.. files.OrderBy(static file => file.Time)];
    }

    private static long ToSeconds(DateTimeOffset time) => Math.Clamp(time.ToUnixTimeSeconds(), 0, MaxSeconds);

    private static string GetName(long time, string extension) => string.Create(CultureInfo.InvariantCulture, $"{time:d10}{extension}");

    /// <summary>A file of the folder.</summary>
    /// <param name="Time">The time in its name.</param>
    /// <param name="File">The file.</param>
    private sealed record CrawlFile(long Time, FileInfo File);
}

/// <summary>The limits of what a folder of a crawl keeps. Immutable.</summary>
internal sealed record CrawlFolderLimits
{
    /// <summary>The most bytes of one file of visits. Default 64 MiB.</summary>
    public long MaxVisitFileBytes { get; init; } = 64 << 20;

    /// <summary>The most bytes of all visits, not counted the file that is being written. Default 1 GiB.</summary>
    public long MaxVisitBytes { get; init; } = 1 << 30;

    /// <summary>The most snapshots. Default 288, a day at a revisit period of 5 minutes.</summary>
    public int MaxSnapshots { get; init; } = 288;

    /// <summary>The most summaries. Default 8640, 30 days at a revisit period of 5 minutes.</summary>
    public int MaxSummaries { get; init; } = 8640;
}
