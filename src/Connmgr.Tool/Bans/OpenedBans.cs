namespace Connmgr.Tool;

/// <summary>Bans that a command works on: a run's, or those of a file whose directory is locked until this is disposed of.</summary>
internal sealed class OpenedBans : IDisposable
{
    private readonly IDisposable _owner;
    private readonly Func<CancellationToken, Task> _save;

    private OpenedBans(IBanActions actions, IDisposable owner, Func<CancellationToken, Task> save) => (Actions, _owner, _save) = (actions, owner, save);

    public IBanActions Actions { get; }

    /// <summary>Opens them.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="network">The network that was named; null for none.</param>
    /// <param name="mayBegin">Whether to begin a list when there is none, or a damaged one, and a directory for it.</param>
    /// <param name="environment">The clock, and standard error.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ToolException">They can't be opened.</exception>
    public static async Task<OpenedBans> OpenAsync(
        string directory, NetworkName? network, bool mayBegin, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        if (!mayBegin && !Directory.Exists(directory))
            throw new ToolException($"there is no directory '{directory}': give the --data-dir of a connmgr run.");
        var (run, locked) = await new RunFinder(environment.TimeProvider).OpenAsync(directory, cancellationToken).ConfigureAwait(false);
        try
        {
            return run is not null
                ? OfRun(run, directory, network)
                : await OfFileAsync(locked!, network, mayBegin, environment, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            run?.Dispose();
            locked?.Dispose();
            throw;
        }
    }

    /// <summary>Writes the file, where there is one; a run does that by itself.</summary>
    public Task SaveAsync(CancellationToken cancellationToken) => _save(cancellationToken);

    public void Dispose() => _owner.Dispose();

    private static OpenedBans OfRun(ControlClient run, string directory, NetworkName? network)
    {
        if (network is { } named && !string.Equals(Names.Of(named), run.Greeting.Network, StringComparison.Ordinal))
            throw new ToolException($"the connmgr run in '{directory}' is on {run.Greeting.Network}, not {Names.Of(named)}: leave --network out, or stop it first.");
        return new(new RunBans(run), run, _ => Task.CompletedTask);
    }

    private static async Task<OpenedBans> OfFileAsync(
        DataDirectory locked, NetworkName? network, bool mayBegin, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var options = new BanListOptions { TimeProvider = environment.TimeProvider };
        if (BanFile.Find(locked.Path, network) is not { } file)
        {
            return mayBegin
                ? throw new ToolException($"'{locked.Path}' holds nothing of any network yet: add --network, such as --network mainnet.")
                : new(new ListBans(new BanList(options), environment.TimeProvider), locked, _ => Task.CompletedTask);
        }

        var loaded = mayBegin
            ? await file.OpenAsync(options, cancellationToken).ConfigureAwait(false)
            : await file.LoadAsync(options, cancellationToken).ConfigureAwait(false);
        if (loaded.Damage is { } damage)
            await environment.Error.WriteLineAsync($"connmgr: {damage.Message} It was set aside as '{loaded.SetAside}'; a new one begins.").ConfigureAwait(false);
        if (loaded.DroppedCount > 0)
        {
            var first = SafeText.Line(loaded.Dropped[0].Reason, maxLength: 1024);
            var message = $"connmgr: {loaded.DroppedCount} entries of the file are no bans, and left out. The first: {first}.";
            await environment.Error.WriteLineAsync(message).ConfigureAwait(false);
        }

        return new(new ListBans(loaded.Bans, environment.TimeProvider), locked, token => file.SaveAsync(loaded.Bans, token));
    }
}
