using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Opens the address book of a run, or its file.</summary>
/// <param name="environment">The environment of the command.</param>
/// <param name="import">The file that is imported; null when the command only reads.</param>
internal sealed class AddressDataSource(ToolEnvironment environment, string? import = null) : IDataSource<IAddressActions>
{
    public IAddressActions CreateRemote(ControlClient run) => new RemoteAddressActions(run);

    /// <summary>
    /// Finds the book of the named network, or else the only one. An import creates a missing book, of the network of the imported file.
    /// </summary>
    public async Task<NetworkFile?> FindAsync(DataTarget target, DataAccess access, CancellationToken cancellationToken)
    {
        var imported = import is null ? null : await ReadChainAsync(import, target.Chain, cancellationToken).ConfigureAwait(false);
        if (target.Chain is { } named)
            return GetFile(target.Directory, named);
        var directory = target.Directory;
        var books = NetworkFile.FindChains(directory, static files => File.Exists(files.Peers));
        return books switch
        {
            [var one] => GetFile(directory, one),
            [] when imported is not null => GetFile(directory, imported),
            [] => throw new ToolException(
                $"there is no address book in '{directory}': 'connmgr run --data-dir {directory}' creates one, and so does 'connmgr addresses import' with --network. A book of a chain file needs --chain."),
            _ => throw new ToolException(
                $"there is more than one address book in '{directory}': add --network with {string.Join(" or ", books.Select(static book => book.Name))}."),
        };
    }

    public async Task<SessionData<IAddressActions>> LoadAsync(NetworkFile? file, DataAccess access, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file); // FindAsync never returns null.
        var magic = file.Chain.Magic;
        if (access != DataAccess.Create)
        {
            if (!file.Exists)
                throw new ToolException($"there is no address book at '{file.Path}': give another --network or --data-dir.");
            var loaded = await file.UseAsync(() => PeersFile.LoadAsync(file.Path, magic, options: null, cancellationToken)).ConfigureAwait(false);
            var store = new NetworkFile(file.Folder, file.Chain, file.Folder.Quarantine, "quarantine");
            var quarantine = new StoredQuarantine(await LoadQuarantineAsync(store, access, cancellationToken).ConfigureAwait(false), environment.TimeProvider);
            return new(
                new LocalAddressActions(loaded, quarantine, file.Chain, environment.TimeProvider),
                access == DataAccess.Read ? null : token => store.SaveAsync(() => QuarantineFile.SaveAsync(quarantine.Entries, store.Path, magic, token)));
        }

        var opened = await file.UseAsync(() => PeersFile.OpenAsync(file.Path, magic, options: null, cancellationToken)).ConfigureAwait(false);
        if (opened.Error is { } damage)
            await environment.Error.WriteLineAsync($"connmgr: {damage.Message} It was renamed to '{opened.QuarantinePath}', and a new one was started.").ConfigureAwait(false);
        return new(
            new LocalAddressActions(opened.Book, new StoredQuarantine([], environment.TimeProvider), file.Chain, environment.TimeProvider),
            token => file.SaveAsync(() => PeersFile.SaveAsync(opened.Book, file.Path, magic, token)));
    }

    /// <summary>Loads the quarantine, if there is one. A command that only reads warns of a damaged file, and goes on with the book.</summary>
    private async Task<ImmutableArray<QuarantineEntry>> LoadQuarantineAsync(NetworkFile file, DataAccess access, CancellationToken cancellationToken)
    {
        if (!file.Exists)
            return [];
        try
        {
            return await file.UseAsync(() => QuarantineFile.LoadAsync(file.Path, file.Chain.Magic, cancellationToken)).ConfigureAwait(false);
        }
        catch (ToolException exception) when (access == DataAccess.Read)
        {
            await environment.Error.WriteLineAsync($"connmgr: {exception.Message}").ConfigureAwait(false);
            return [];
        }
    }

    private static NetworkFile GetFile(string directory, ChainParameters chain)
    {
        var folder = ChainDirectory.FromDataDirectory(directory, chain);
        return new(folder, chain, folder.Peers, "address book");
    }

    private static async Task<ChainParameters?> ReadChainAsync(string import, ChainParameters? expected, CancellationToken cancellationToken)
    {
        try
        {
            return await AddressFile.ReadChainAsync(import, expected, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{import}': {exception.Message}", exception);
        }
    }
}
