namespace Connmgr.Tool;

/// <summary>Finds the run that has a data directory, for the commands that steer one or work without.</summary>
internal sealed class RunFinder(ToolEnvironment environment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Connects to the run, which there must be.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ToolException">There is none, or it can't be talked to.</exception>
    public async Task<ControlClient> OpenRunAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
            throw new ToolException($"there is no directory '{directory}': give the --data-dir of a connmgr run.");
        return await ControlClient.TryOpenAsync(directory, environment.TimeProvider, cancellationToken).ConfigureAwait(false)
            ?? throw new ToolException($"no connmgr run uses the data directory '{directory}': start one with 'connmgr run --data-dir {directory}'.");
    }

    /// <summary>Connects to the run, if there is one. Writes nothing, so it works where nothing can be written.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null when there is none.</returns>
    public Task<ControlClient?> TryOpenRunAsync(string directory, CancellationToken cancellationToken) =>
        ControlClient.TryOpenAsync(directory, environment.TimeProvider, cancellationToken);

    /// <summary>Connects to the run, or takes the directory's lock when there is none.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>One of the two.</returns>
    /// <exception cref="ToolException">Somebody has the lock who can't be talked to.</exception>
    public async Task<(ControlClient? Run, DataDirectory? Directory)> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine(
            environment, elapsed => $"waiting for who has '{SafeText.Line(directory)}', {elapsed.TotalSeconds:0} of at most {Patience.TotalSeconds:0} s ...");
        for (var began = environment.TimeProvider.GetTimestamp(); ;)
        {
            if (await ControlClient.TryOpenAsync(directory, environment.TimeProvider, cancellationToken).ConfigureAwait(false) is { } run)
                return (run, null);
            try
            {
                return (null, DataDirectory.Open(directory));
            }
            catch (DataDirectoryInUseException) when (environment.TimeProvider.GetElapsedTime(began) < Patience)
            {
                // A run that starts or ends, or another command.
                await Task.Delay(Pause, environment.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
