namespace Connmgr.Tool;

/// <summary>Opens one kind of data of a data directory, such as its bans, for a <see cref="DataSession{TActions}"/>.</summary>
/// <typeparam name="TActions">The operations on the data.</typeparam>
internal interface IDataSource<TActions>
{
    /// <summary>Creates the operations on the data of a run.</summary>
    /// <param name="run">The connection to the run.</param>
    TActions CreateRemote(ControlClient run);

    /// <summary>Finds the file of a directory that no run uses.</summary>
    /// <param name="target">The full path of the directory, and the network.</param>
    /// <param name="access">The use that the command makes of the data.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The file, which need not exist; null when there is no data to read or change.</returns>
    /// <exception cref="ToolException">The directory has several such files, or none where one is needed.</exception>
    Task<NetworkFile?> FindAsync(DataTarget target, DataAccess access, CancellationToken cancellationToken);

    /// <summary>Loads a file that was found. It is locked unless the command only reads.</summary>
    /// <param name="file">The file; null when there is none.</param>
    /// <param name="access">The use that the command makes of the data.</param>
    /// <param name="cancellationToken">Cancels the loading.</param>
    /// <exception cref="ToolException">The file can't be read.</exception>
    Task<SessionData<TActions>> LoadAsync(NetworkFile? file, DataAccess access, CancellationToken cancellationToken);
}

/// <summary>The data of a session.</summary>
/// <param name="Actions">The operations on it.</param>
/// <param name="SaveAsync">Writes changes to the file; null when there are none, or a run writes them.</param>
internal sealed record SessionData<TActions>(TActions Actions, Func<CancellationToken, Task>? SaveAsync = null);

/// <summary>The location of the data.</summary>
/// <param name="Directory">The data directory.</param>
/// <param name="Chain">The chain; null when the user named none.</param>
internal sealed record DataTarget(string Directory, ChainParameters? Chain);

/// <summary>The use that a command makes of data.</summary>
internal enum DataAccess
{
    /// <summary>Reads it. Works where nothing can be written.</summary>
    Read,

    /// <summary>Changes data that exists.</summary>
    Write,

    /// <summary>Changes data, and creates it where it does not exist or is damaged.</summary>
    Create,
}
