using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Opens the bans of a run, or their file.</summary>
internal sealed class BanDataSource(ToolEnvironment environment) : IDataSource<IBanActions>
{
    private readonly BanListOptions _options = new()
    {
        TimeProvider = environment.TimeProvider,
        IsClockTrusted = static () => false, // Without peers, the clock can't be checked.
    };

    public IBanActions CreateRemote(ControlClient run) => new RemoteBanActions(run);

    /// <summary>Finds the ban list of the named network, or else of the only network that has one, or that has any files.</summary>
    public Task<NetworkFile?> FindAsync(DataTarget target, DataAccess access, CancellationToken cancellationToken)
    {
        if (target.Chain is { } named)
            return Task.FromResult<NetworkFile?>(GetFile(target.Directory, named));
        var found = NetworkFile.FindChains(target.Directory, static files => File.Exists(files.Bans));
        if (found.Count == 0)
            found = NetworkFile.FindChains(target.Directory, static files => Directory.Exists(files.Folder));
        return found switch
        {
            [var one] => Task.FromResult<NetworkFile?>(GetFile(target.Directory, one)),
            [] when access == DataAccess.Create =>
                throw new ToolException($"'{target.Directory}' has no data of any network yet: add --network, such as --network mainnet, or --chain."),
            [] => Task.FromResult<NetworkFile?>(null),
            _ => throw new ToolException($"'{target.Directory}' has data of several networks: add --network with {string.Join(" or ", found.Select(static chain => chain.Name))}."),
        };
    }

    public async Task<SessionData<IBanActions>> LoadAsync(NetworkFile? file, DataAccess access, CancellationToken cancellationToken)
    {
        if (file is null)
            return new(new LocalBanActions(new BanList(_options), environment.TimeProvider));
        var loaded = await file.UseAsync(() => LoadListAsync(file, access, cancellationToken)).ConfigureAwait(false);
        await WarnAsync(loaded).ConfigureAwait(false);
        return new(
            new LocalBanActions(loaded.Bans, environment.TimeProvider),
            access == DataAccess.Read ? null : token => file.SaveAsync(() => BanListFile.SaveAsync(loaded.Bans, file.Path, token)));
    }

    private static NetworkFile GetFile(string directory, ChainParameters chain)
    {
        var folder = ChainDirectory.FromDataDirectory(directory, chain);
        return new(folder, chain, folder.Bans, "bans");
    }

    private Task<LoadedBanList> LoadListAsync(NetworkFile file, DataAccess access, CancellationToken cancellationToken)
    {
        if (access == DataAccess.Create)
            return BanListFile.OpenAsync(file.Path, _options, cancellationToken);
        return file.Exists
            ? BanListFile.LoadAsync(file.Path, _options, cancellationToken)
            : Task.FromResult(new LoadedBanList(new BanList(_options), [], 0));
    }

    private async Task WarnAsync(LoadedBanList loaded)
    {
        if (loaded.Error is { } damage)
            await environment.Error.WriteLineAsync($"connmgr: {damage.Message} It was renamed to '{loaded.QuarantinePath}', and a new one was started.").ConfigureAwait(false);
        if (loaded.RejectedCount == 0)
            return;
        var first = SafeText.Line(loaded.Rejected[0].Reason, maxLength: 1024);
        await environment.Error.WriteLineAsync($"connmgr: {loaded.RejectedCount} entries of the file are not bans and were left out. The first: {first}.")
            .ConfigureAwait(false);
    }
}
