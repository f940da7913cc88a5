namespace Connmgr.Tool;

/// <summary>Opens the bans of a directory that no run has.</summary>
internal static class BanFiles
{
    /// <summary>To be changed, or only to be read.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="network">The network that was named; null for none.</param>
    /// <param name="mayBegin">Whether to begin a list when there is none, or a damaged one.</param>
    /// <param name="mayChange">Whether the bans are to be changed.</param>
    /// <param name="environment">The clock, and standard error.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ToolException">They can't be opened, or somebody else has them.</exception>
    public static async Task<FileData<IBanActions>> OpenAsync(
        string directory, NetworkName? network, bool mayBegin, bool mayChange, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var options = new BanListOptions
        {
            TimeProvider = environment.TimeProvider,
            IsClockTrusted = static () => false, // There are no peers to ask for the time.
        };
        if (BanFile.Find(directory, network) is not { } file)
        {
            return mayBegin
                ? throw new ToolException($"'{directory}' holds nothing of any network yet: add --network, such as --network mainnet.")
                : new(new ListBans(new BanList(options), environment.TimeProvider));
        }

        var folder = mayChange ? file.Lock() : null;
        try
        {
            var loaded = mayBegin
                ? await file.OpenAsync(options, cancellationToken).ConfigureAwait(false)
                : await file.LoadAsync(options, cancellationToken).ConfigureAwait(false);
            await TellAsync(loaded, environment.Error).ConfigureAwait(false);
            return new(
                new ListBans(loaded.Bans, environment.TimeProvider), mayChange ? token => file.SaveAsync(loaded.Bans, token) : null, folder);
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    private static async Task TellAsync(LoadedBanList loaded, TextWriter error)
    {
        if (loaded.Damage is { } damage)
            await error.WriteLineAsync($"connmgr: {damage.Message} It was set aside as '{loaded.SetAside}'; a new one begins.").ConfigureAwait(false);
        if (loaded.DroppedCount > 0)
        {
            var first = SafeText.Line(loaded.Dropped[0].Reason, maxLength: 1024);
            await error.WriteLineAsync($"connmgr: {loaded.DroppedCount} entries of the file are no bans, and left out. The first: {first}.").ConfigureAwait(false);
        }
    }
}
