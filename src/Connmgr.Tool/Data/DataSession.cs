namespace Connmgr.Tool;

/// <summary>
/// The data that a command works on: that of the run which uses the data directory, or else that of the directory's files. Files that are
/// to be changed are locked until the session is disposed. Reading takes no lock, because each file is replaced as a whole.
/// </summary>
internal sealed class DataSession<TActions> : IDisposable
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly SessionData<TActions> _data;

    /// <summary>The connection to the run or the locks, in the order in which they were taken.</summary>
    private readonly Stack<IDisposable> _owned;

    private DataSession(SessionData<TActions> data, Stack<IDisposable> owned) => (_data, _owned) = (data, owned);

    /// <summary>The operations on the data.</summary>
    public TActions Actions => _data.Actions;

    /// <summary>Opens a session.</summary>
    /// <param name="target">The data directory and the network.</param>
    /// <param name="access">The use that the command makes of the data.</param>
    /// <param name="source">The kind of data.</param>
    /// <param name="environment">The environment of the command.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="ToolException">The data can't be opened, or another process is using it.</exception>
    public static async Task<DataSession<TActions>> OpenAsync(
        DataTarget target, DataAccess access, IDataSource<TActions> source, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        if (access != DataAccess.Create)
            DataDirectory.RequireExisting(target.Directory);
        var owned = new Stack<IDisposable>();
        try
        {
            return new(await OpenAsync(target, access, source, environment, owned, cancellationToken).ConfigureAwait(false), owned);
        }
        catch
        {
            Release(owned);
            throw;
        }
    }

    /// <summary>Writes changes to the files. Does nothing for the data of a run, which writes them itself.</summary>
    /// <exception cref="ToolException">A file can't be written. It still has its previous content.</exception>
    public Task SaveAsync(CancellationToken cancellationToken) => _data.SaveAsync?.Invoke(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => Release(_owned);

    private static async Task<SessionData<TActions>> OpenAsync(
        DataTarget target,
        DataAccess access,
        IDataSource<TActions> source,
        ToolEnvironment environment,
        Stack<IDisposable> owned,
        CancellationToken cancellationToken)
    {
        if (await ConnectAsync(target.Directory, access, environment, owned, cancellationToken).ConfigureAwait(false) is { } run)
        {
            return target.Chain is not { } named || string.Equals(named.Name, run.Greeting.Network, StringComparison.Ordinal)
                ? new(source.CreateRemote(run))
                : throw new ToolException(
                    $"the connmgr run in '{target.Directory}' is on {run.Greeting.Network}, not {named.Name}: leave --network and --chain out, or stop the run first.");
        }

        var file = await source.FindAsync(target with { Directory = Path.GetFullPath(target.Directory) }, access, cancellationToken).ConfigureAwait(false);
        if (file is not null && access != DataAccess.Read)
            owned.Push(file.Lock());
        return await source.LoadAsync(file, access, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Connects to the run. When there is none and the data is to be changed, locks the directory. Waits while a run that starts or ends, or
    /// another command, holds the lock.
    /// </summary>
    /// <returns>The connection; null when there is no run.</returns>
    /// <exception cref="ToolException">The run can't be connected to, or the lock is held for too long.</exception>
    private static async Task<ControlClient?> ConnectAsync(
        string directory, DataAccess access, ToolEnvironment environment, Stack<IDisposable> owned, CancellationToken cancellationToken)
    {
        var startedAt = environment.TimeProvider.GetTimestamp();
        using var progress = access == DataAccess.Read ? null : new ProgressLine(environment, elapsed => Progress(directory, elapsed));
        while (true)
        {
            if (await ControlClient.TryOpenAsync(directory, environment.TimeProvider, cancellationToken).ConfigureAwait(false) is { } run)
            {
                owned.Push(run);
                return run;
            }

            if (access == DataAccess.Read)
                return null;
            try
            {
                owned.Push(DataDirectory.Open(directory));
                return null;
            }
            catch (DataDirectoryInUseException) when (environment.TimeProvider.GetElapsedTime(startedAt) < LockTimeout)
            {
                await Task.Delay(RetryDelay, environment.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static string Progress(string directory, TimeSpan elapsed) =>
        $"waiting for the process that uses '{SafeText.Line(directory)}', {elapsed.TotalSeconds:0} of at most {LockTimeout.TotalSeconds:0} s ...";

    private static void Release(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out var next))
            next.Dispose();
    }
}
