namespace Connmgr.Tool;

/// <summary>An address book that a command works on: a run's, or that of a file whose directory is locked until this is disposed of.</summary>
internal sealed class OpenedAddresses : IDisposable
{
    private readonly IDisposable _owner;
    private readonly Func<CancellationToken, Task> _save;

    private OpenedAddresses(IAddressActions actions, IDisposable owner, Func<CancellationToken, Task> save) =>
        (Actions, _owner, _save) = (actions, owner, save);

    public IAddressActions Actions { get; }

    /// <summary>Opens it.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="network">The network that was named; null for none.</param>
    /// <param name="import">The file to import, which may begin a book; null when nothing is to change.</param>
    /// <param name="environment">The clock, and standard error.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ToolException">It can't be opened.</exception>
    public static async Task<OpenedAddresses> OpenAsync(
        string directory, NetworkName? network, string? import, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        if (import is null && !Directory.Exists(directory))
            throw new ToolException($"there is no directory '{directory}': give the --data-dir of a connmgr run.");
        var (run, locked) = await new RunFinder(environment.TimeProvider).OpenAsync(directory, cancellationToken).ConfigureAwait(false);
        try
        {
            return run is not null
                ? OfRun(run, directory, network)
                : await OfFileAsync(locked!, network, import, environment, cancellationToken).ConfigureAwait(false);
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

    private static OpenedAddresses OfRun(ControlClient run, string directory, NetworkName? network)
    {
        if (network is { } named && !string.Equals(Names.Of(named), run.Greeting.Network, StringComparison.Ordinal))
            throw new ToolException($"the connmgr run in '{directory}' is on {run.Greeting.Network}, not {Names.Of(named)}: leave --network out, or stop it first.");
        return new OpenedAddresses(new RunAddresses(run), run, _ => Task.CompletedTask);
    }

    private static async Task<OpenedAddresses> OfFileAsync(
        DataDirectory locked, NetworkName? network, string? import, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        if (import is null)
        {
            var found = BookFile.Find(locked.Path, network, otherwise: null);
            var read = await found.LoadAsync(cancellationToken).ConfigureAwait(false);
            return new OpenedAddresses(found.Actions(read, environment.TimeProvider), locked, _ => Task.CompletedTask);
        }

        var file = BookFile.Find(locked.Path, network, await ChainOfAsync(import, cancellationToken).ConfigureAwait(false));
        var opened = await file.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (opened.Damage is { } damage)
            await environment.Error.WriteLineAsync($"connmgr: {damage.Message} It was set aside as '{opened.SetAside}'; a new one begins.").ConfigureAwait(false);
        return new OpenedAddresses(file.Actions(opened.Book, environment.TimeProvider), locked, token => file.SaveAsync(opened.Book, token));
    }

    private static async Task<ChainParameters?> ChainOfAsync(string import, CancellationToken cancellationToken)
    {
        try
        {
            return await AddressFile.ChainOfAsync(import, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{import}': {exception.Message}", exception);
        }
    }
}
