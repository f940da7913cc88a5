using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The file of bans in a data directory that no run has, whose lock is held meanwhile.</summary>
internal sealed class BanFile
{
    private readonly ChainFiles _files;

    private BanFile(ChainFiles files) => _files = files;

    /// <summary>Finds it: that of the network that was named, else of the one that has bans, else of the one that has anything.</summary>
    /// <param name="directory">The path of the data directory.</param>
    /// <param name="network">The network that was named; null for none.</param>
    /// <returns>Null when the directory holds nothing of any network.</returns>
    /// <exception cref="ToolException">There are several.</exception>
    public static BanFile? Find(string directory, NetworkName? network)
    {
        if (network is { } named)
            return new(FilesOf(directory, named));
        var all = Enum.GetValues<NetworkName>();
        var found = all.Where(name => File.Exists(FilesOf(directory, name).Bans)).ToList();
        if (found.Count == 0)
            found = [.. all.Where(name => Directory.Exists(FilesOf(directory, name).Folder))];
        return found switch
        {
            [] => null,
            [var one] => new(FilesOf(directory, one)),
            _ => throw new ToolException($"'{directory}' holds several networks: add --network with {string.Join(" or ", found.Select(Names.Of))}."),
        };
    }

    /// <summary>Reads it. Changes nothing; a file that is not there has no bans.</summary>
    /// <exception cref="ToolException">It can't be read.</exception>
    public Task<LoadedBanList> LoadAsync(BanListOptions options, CancellationToken cancellationToken) => GuardAsync(() => File.Exists(_files.Bans)
        ? BanListFile.LoadAsync(_files.Bans, options, cancellationToken)
        : Task.FromResult(new LoadedBanList(new BanList(options), [], 0)));

    /// <summary>Reads it, or begins one. A damaged one is set aside, and told of.</summary>
    /// <exception cref="ToolException">It can't be read.</exception>
    public Task<LoadedBanList> OpenAsync(BanListOptions options, CancellationToken cancellationToken) =>
        GuardAsync(() => BanListFile.OpenAsync(_files.Bans, options, cancellationToken));

    /// <summary>Keeps every other program from using it, also one that is no connmgr, until what this gives is disposed of.</summary>
    /// <exception cref="ToolException">Another has it.</exception>
    public IDisposable Lock() => FolderInUse.Take(_files);

    /// <summary>Writes it; its folder is locked.</summary>
    /// <exception cref="ToolException">It can't be written; it is then as it was.</exception>
    public Task SaveAsync(BanList bans, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await BanListFile.SaveAsync(bans, _files.Bans, cancellationToken).ConfigureAwait(false);
        return bans;
    });

    private static ChainFiles FilesOf(string directory, NetworkName network) => ChainFiles.Of(directory, NetworkWorld.ChainOf(network));

    private async Task<T> GuardAsync<T>(Func<Task<T>> access)
    {
        try
        {
            return await access().ConfigureAwait(false);
        }
        catch (AddressFileException exception)
        {
            throw new ToolException($"can't use the bans '{_files.Bans}': {exception.Message} Move it away to begin with a new one.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the bans '{_files.Bans}': {exception.Message}", exception);
        }
    }
}
