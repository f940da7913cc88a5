using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>A file in the folder of a network, in a data directory that no run uses.</summary>
/// <param name="folder">The folder of the network.</param>
/// <param name="chain">The chain of the network.</param>
/// <param name="path">The path of the file.</param>
/// <param name="content">A name for its content, for error messages.</param>
internal sealed class NetworkFile(ChainDirectory folder, ChainParameters chain, string path, string content)
{
    public ChainDirectory Folder => folder;

    public string Path => path;

    public ChainParameters Chain => chain;

    public bool Exists => File.Exists(path);

    /// <summary>Gets the known chains that have certain files in a data directory. That of a chain file is not known without it.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="exists">Determines whether a chain has these files.</param>
    public static IReadOnlyList<ChainParameters> FindChains(string directory, Predicate<ChainDirectory> exists) =>
        [.. Enum.GetValues<NetworkName>().Select(NetworkWorld.GetChain).Where(chain => exists(ChainDirectory.FromDataDirectory(directory, chain)))];

    /// <summary>Locks the folder, also against programs other than connmgr, and creates it when it does not exist.</summary>
    /// <returns>The lock, which ends when it is disposed.</returns>
    /// <exception cref="ToolException">Another program uses the folder, or it can't be created.</exception>
    public IDisposable Lock()
    {
        try
        {
            return folder.AcquireLock();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't change the files in '{folder.Folder}' now: {exception.Message}", exception);
        }
    }

    /// <summary>Reads or writes the file.</summary>
    /// <param name="access">The access.</param>
    /// <exception cref="ToolException">The file can't be read or written. One that can't be written still has its previous content.</exception>
    public async Task<T> UseAsync<T>(Func<Task<T>> access)
    {
        try
        {
            return await access().ConfigureAwait(false);
        }
        catch (AddressFileException exception)
        {
            throw new ToolException($"can't use the {content} '{path}': {exception.Message} Move it away to start with a new one.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't use the {content} '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Writes the file.</summary>
    /// <param name="save">Writes it.</param>
    /// <exception cref="ToolException">The file can't be written. It still has its previous content.</exception>
    public Task SaveAsync(Func<Task> save) => UseAsync(async () =>
    {
        await save().ConfigureAwait(false);
        return true;
    });
}
