namespace Connmgr.Tool;

/// <summary>
/// Data that a command works on: a run's, or that of files. The directory of files that are to be changed is locked until this is disposed
/// of; to read them takes no lock, since each is replaced whole.
/// </summary>
internal sealed class OpenedData<TActions> : IDisposable
{
    private readonly IDisposable? _owner;
    private readonly FileData<TActions>? _files;

    private OpenedData(TActions actions, IDisposable? owner, FileData<TActions>? files) => (Actions, _owner, _files) = (actions, owner, files);

    public TActions Actions { get; }

    /// <summary>Opens it.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="network">The network that was named; null for none.</param>
    /// <param name="mayBegin">Whether the directory is made when it is not there.</param>
    /// <param name="mayChange">Whether the data is to be changed.</param>
    /// <param name="ofRun">What can be done with the data of a run.</param>
    /// <param name="ofFiles">What can be done with the directory's.</param>
    /// <param name="environment">The world around it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ToolException">It can't be opened.</exception>
    public static async Task<OpenedData<TActions>> OpenAsync(
        string directory,
        NetworkName? network,
        bool mayBegin,
        bool mayChange,
        Func<ControlClient, TActions> ofRun,
        Func<string, CancellationToken, Task<FileData<TActions>>> ofFiles,
        ToolEnvironment environment,
        CancellationToken cancellationToken)
    {
        if (!mayBegin && !Directory.Exists(directory))
            throw new ToolException($"there is no directory '{directory}': give the --data-dir of a connmgr run.");
        var finder = new RunFinder(environment);
        var (run, locked) = mayChange
            ? await finder.OpenAsync(directory, cancellationToken).ConfigureAwait(false)
            : (await finder.TryOpenRunAsync(directory, cancellationToken).ConfigureAwait(false), null);
        try
        {
            if (run is null)
            {
                var files = await ofFiles(Path.GetFullPath(directory), cancellationToken).ConfigureAwait(false);
                return new(files.Actions, locked, files);
            }

            return network is { } named && !string.Equals(Names.Of(named), run.Greeting.Network, StringComparison.Ordinal)
                ? throw new ToolException($"the connmgr run in '{directory}' is on {run.Greeting.Network}, not {Names.Of(named)}: leave --network out, or stop it first.")
                : new(ofRun(run), run, files: null);
        }
        catch
        {
            run?.Dispose();
            locked?.Dispose();
            throw;
        }
    }

    /// <summary>Writes the files, where there are some; a run does that by itself.</summary>
    public Task SaveAsync(CancellationToken cancellationToken) => _files?.Save?.Invoke(cancellationToken) ?? Task.CompletedTask;

    public void Dispose()
    {
        _files?.Lock?.Dispose();
        _owner?.Dispose();
    }
}
