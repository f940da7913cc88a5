namespace Connmgr.Bitcoin;

/// <summary>
/// Where a <see cref="PeerNetwork"/> keeps what outlives it: a folder for each chain in the data directory, so that one directory serves
/// several. Immutable.
/// </summary>
public sealed record ChainFiles
{
    private ChainFiles(string folder) => Folder = folder;

    /// <summary>The folder, for its owner alone: the data directory and the chain's name.</summary>
    public string Folder { get; }

    /// <summary>The address book, as Bitcoin Core writes it.</summary>
    public string Peers => Path.Combine(Folder, PeersFile.FileName);

    /// <summary>The peers to begin with, as Bitcoin Core writes them.</summary>
    public string Anchors => Path.Combine(Folder, AnchorsFile.FileName);

    /// <summary>The bans, as Bitcoin Core writes them.</summary>
    public string Bans => Path.Combine(Folder, BanListFile.FileName);

    /// <summary>The private key of our onion service, as Bitcoin Core writes it.</summary>
    public string OnionKey => Path.Combine(Folder, "onion_v3_private_key");

    /// <summary>The file whose lock says that the folder is in use. It stays.</summary>
    internal string Lock => Path.Combine(Folder, "peers.lock");

    /// <summary>There while the folder is in use, and after a run that did not end cleanly.</summary>
    internal string Running => Path.Combine(Folder, "peers.running");

    /// <summary>
    /// Takes the folder for this process alone, as a <see cref="PeerNetwork"/> does while it runs, and makes it when it is not there: for
    /// programs that change its files while no network uses them.
    /// </summary>
    /// <returns>Gives the folder back when disposed of; the system does when the process ends.</returns>
    /// <exception cref="IOException">It can't be made or locked; the message says whether another has it.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// It may not be. On Unix also: another user owns it or the data directory, or can write to them; the message has the command that
    /// changes that.
    /// </exception>
    public IDisposable TakeLock() => FolderLock.Take(this);

    /// <summary>The files of a chain.</summary>
    /// <param name="dataDirectory">The data directory; need not be there.</param>
    /// <param name="chain">The chain.</param>
    /// <returns>Where they are, whether or not they are there.</returns>
    /// <exception cref="ArgumentException">
    /// The directory is empty, or the chain's name is not fit for a folder: letters, digits, '-' and '_' are.
    /// </exception>
    public static ChainFiles Of(string dataDirectory, ChainParameters chain)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataDirectory);
        ArgumentNullException.ThrowIfNull(chain);
        if (chain.Name.Length is 0 or > 64 || !chain.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException(
                $"The chain's name '{chain.Name}' can't be that of a folder: use 1 to 64 letters, digits, '-' and '_', or no data directory.",
                nameof(chain));
        }

        return new(Path.Combine(Path.GetFullPath(dataDirectory), chain.Name));
    }
}
