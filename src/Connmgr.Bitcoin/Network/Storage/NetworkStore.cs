using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>The opened folder of a network, which is locked until it is disposed of. Not thread-safe.</summary>
internal sealed class NetworkStore : IDisposable
{
    private const int LongestRecord = 4096;

    private readonly FolderLock _folderLock;
    private readonly ChainDirectory _files;
    private readonly ImmutableArray<byte> _magic;
    private ImmutableArray<PeerAddress> _savedAnchors = []; // The contents of the anchors file.
    private bool _keepsQuarantine;
    private long _quarantineSaved; // The changes of the quarantine that its file has.
    private ImmutableArray<(PeerAddress Anchor, int UncleanEnds)> _guarded; // The contents of the record of AnchorGuard.

    private NetworkStore(FolderLock folderLock, ChainDirectory files, ImmutableArray<byte> magic) =>
        (_folderLock, _files, _magic) = (folderLock, files, magic);

    /// <summary>The faults of the files, in sentences.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The anchors to dial first.</summary>
    public ImmutableArray<PeerAddress> Anchors => [.. _guarded.Select(static guarded => guarded.Anchor)];

    /// <summary>
    /// Locks the folder, reads the book's file into the book, and takes the anchors. Damaged files are set aside and reported; they do not
    /// stop the start.
    /// </summary>
    /// <exception cref="IOException">The folder is in use, or can't be used.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public static async Task<NetworkStore> OpenAsync(ChainDirectory files, ImmutableArray<byte> magic, AddressBook book, ILogger logger)
    {
        var folderLock = FolderLock.Take(files);
        try
        {
            AtomicFile.DeleteLeftovers(files.Running);
            var store = new NetworkStore(folderLock, files, magic);
            var opened = await PeersFile.OpenIntoAsync(book, files.Peers, magic).ConfigureAwait(false);
            store.Note(opened.Error, opened.QuarantinePath, logger);
            var anchors = await AnchorsFile.ReadAndDeleteAsync(files.Anchors, magic).ConfigureAwait(false);
            store.Note(anchors.Error, anchors.QuarantinePath, logger);
            store._guarded = AnchorGuard.Admit(anchors.Anchors, await ReadRecordAsync(files.Running).ConfigureAwait(false));
            if (store._guarded.Length < anchors.Anchors.Length)
                NetworkLog.AnchorsDropped(logger, anchors.Anchors.Length - store._guarded.Length, AnchorGuard.MaxUncleanStarts);
            await store.WriteRecordAsync().ConfigureAwait(false);

            // Taking the anchors deleted their file. From here on a kill loses none.
            await store.SaveAnchorsAsync(store.Anchors).ConfigureAwait(false);
            return store;
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads the file of bans into a list, and writes each later change of the list to the file. A damaged file is set aside and reported;
    /// it does not stop the start.
    /// </summary>
    /// <exception cref="IOException">The file exists but can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public async Task<BanListWriter> OpenBansAsync(BanList bans, TimeProvider time, ILoggerFactory? loggerFactory, ILogger logger)
    {
        var (writer, loaded) = await BanListWriter.OpenAsync(bans, _files.Bans, time, loggerFactory).ConfigureAwait(false);
        Note(loaded.Error, loaded.QuarantinePath, logger);
        if (loaded.RejectedCount > 0)
        {
            NetworkLog.BansDropped(logger, loaded.RejectedCount, _files.Bans, loaded.Rejected[0].Reason);
            Problems.Add(Invariant($"{loaded.RejectedCount} entries of '{_files.Bans}' are not valid bans and were left out. The first: {loaded.Rejected[0].Reason}."));
        }

        return writer;
    }

    /// <summary>
    /// Reads the file of the quarantine. A damaged file is set aside, and that of a later version is left alone; both are reported.
    /// </summary>
    /// <exception cref="IOException">The file exists but can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public async Task OpenQuarantineAsync(AddressQuarantine quarantine, ILogger logger)
    {
        var loaded = await QuarantineFile.OpenAsync(_files.Quarantine, _magic).ConfigureAwait(false);
        _keepsQuarantine = loaded.IsWritable;
        if (_keepsQuarantine)
        {
            Note(loaded.Error, loaded.SetAside, logger);
        }
        else
        {
            Problems.Add($"The quarantine was not read, and will not be saved: {loaded.Error!.Message}");
            NetworkLog.QuarantineNotRead(logger, loaded.Error.Message);
        }

        quarantine.Restore(loaded.Entries);
    }

    /// <summary>Writes the quarantine if it has changed.</summary>
    public async Task SaveQuarantineAsync(AddressQuarantine quarantine)
    {
        if (!_keepsQuarantine || quarantine.Changes == _quarantineSaved)
            return;
        var (entries, changes) = quarantine.Capture();
        await QuarantineFile.SaveAsync(entries, _files.Quarantine, _magic).ConfigureAwait(false);
        _quarantineSaved = changes;
    }

    public Task SaveBookAsync(AddressBook book) => PeersFile.SaveAsync(book, _files.Peers, _magic);

    /// <summary>Writes anchors while the network runs, before those of the file, of which as many are kept as there is room for.</summary>
    public Task JournalAnchorsAsync(ImmutableArray<PeerAddress> anchors) =>
        SaveAnchorsAsync([.. anchors.Concat(_savedAnchors).DistinctBy(static anchor => anchor.EndPoint).Take(AnchorsFile.MaxAnchors)]);

    /// <summary>Writes the anchors, unless there are none, or the file has them already.</summary>
    public async Task SaveAnchorsAsync(ImmutableArray<PeerAddress> anchors)
    {
        if (anchors.IsEmpty || _savedAnchors.SequenceEqual(anchors))
            return;
        await AnchorsFile.SaveAsync(anchors, _files.Anchors, _magic).ConfigureAwait(false);
        _savedAnchors = anchors;
    }

    /// <summary>Clears the anchors of suspicion: after this long a run, an unclean end is not their fault.</summary>
    public Task AcquitAnchorsAsync()
    {
        _guarded = [];
        return WriteRecordAsync();
    }

    /// <summary>Notes that the program ends cleanly.</summary>
    public void MarkClean() => File.Delete(_files.Running);

    public void Dispose() => _folderLock.Dispose();

    private void Note(AddressFileException? damage, string? setAside, ILogger logger)
    {
        if (damage is null)
            return;
        Problems.Add($"A file that can't be used was renamed to '{setAside}', and a new one started: {damage.Message}");
        NetworkLog.FileSetAside(logger, damage.Message, setAside);
    }

    private Task WriteRecordAsync() => NamedFile.WriteAsync(_files.Running, Encoding.ASCII.GetBytes(AnchorGuard.Write(_guarded)));

    private static async Task<string?> ReadRecordAsync(string path)
    {
        try
        {
            return Encoding.ASCII.GetString((await NamedFile.ReadAsync(path, LongestRecord, CancellationToken.None).ConfigureAwait(false)).Span);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (FileTooLongException)
        {
            return string.Empty; // An unknown file, but it exists: the last run did not end cleanly.
        }
    }
}
