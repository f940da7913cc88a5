using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The file of an address book in a data directory that no run has, whose lock is held meanwhile.</summary>
internal sealed class BookFile
{
    private readonly ChainFiles _files;
    private readonly ChainParameters _chain;

    private BookFile(ChainFiles files, ChainParameters chain) => (_files, _chain) = (files, chain);

    /// <summary>Finds it.</summary>
    /// <param name="directory">The path of the data directory.</param>
    /// <param name="network">The network that was named; null for that of the one book there is.</param>
    /// <param name="otherwise">The chain when there is no book and none was named; null when that is an error.</param>
    /// <exception cref="ToolException">There is none, or there are several.</exception>
    public static BookFile Find(string directory, NetworkName? network, ChainParameters? otherwise)
    {
        if (network is { } named)
            return Of(directory, NetworkWorld.ChainOf(named));
        var books = Enum.GetValues<NetworkName>().Where(name => File.Exists(Of(directory, NetworkWorld.ChainOf(name))._files.Peers)).ToList();
        return books switch
        {
            [var one] => Of(directory, NetworkWorld.ChainOf(one)),
            [] when otherwise is not null => Of(directory, otherwise),
            [] => throw new ToolException(
                $"there is no address book in '{directory}': 'connmgr run --data-dir {directory}' makes one, and so does 'connmgr addresses import' with --network."),
            _ => throw new ToolException(
                $"there is more than one address book in '{directory}': add --network with {string.Join(" or ", books.Select(Names.Of))}."),
        };
    }

    /// <summary>Reads it. Changes nothing.</summary>
    /// <exception cref="ToolException">It is not there, or can't be read.</exception>
    public async Task<AddressBook> LoadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_files.Peers))
            throw new ToolException($"there is no address book at '{_files.Peers}': name another --network or --data-dir.");
        return await GuardAsync(() => PeersFile.LoadAsync(_files.Peers, _chain.Magic, options: null, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Reads it, or begins one. A damaged one is set aside, and told of.</summary>
    /// <exception cref="ToolException">It can't be read.</exception>
    public async Task<LoadedAddressBook> OpenAsync(CancellationToken cancellationToken) =>
        await GuardAsync(() => PeersFile.OpenAsync(_files.Peers, _chain.Magic, options: null, cancellationToken)).ConfigureAwait(false);

    /// <summary>Keeps every other program from using it, also one that is no connmgr, until what this gives is disposed of.</summary>
    /// <exception cref="ToolException">Another has it.</exception>
    public IDisposable Lock() => FolderInUse.Take(_files);

    /// <summary>Writes it; its folder is locked.</summary>
    /// <exception cref="ToolException">It can't be written; it is then as it was.</exception>
    public Task SaveAsync(AddressBook book, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await PeersFile.SaveAsync(book, _files.Peers, _chain.Magic, cancellationToken).ConfigureAwait(false);
        return book;
    });

    /// <summary>What the commands do with a book of it.</summary>
    public BookAddresses Actions(AddressBook book, TimeProvider timeProvider) => new(book, _chain, timeProvider);

    private static BookFile Of(string directory, ChainParameters chain) => new(ChainFiles.Of(directory, chain), chain);

    private async Task<T> GuardAsync<T>(Func<Task<T>> access)
    {
        try
        {
            return await access().ConfigureAwait(false);
        }
        catch (AddressFileException exception)
        {
            throw new ToolException($"can't use the address book '{_files.Peers}': {exception.Message} Move it away to begin with a new one.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the address book '{_files.Peers}': {exception.Message}", exception);
        }
    }
}
