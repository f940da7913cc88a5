namespace Connmgr.Bitcoin;

/// <summary>
/// The files in which a <see cref="PeerNetwork"/> keeps its data: one folder per chain in the data directory, so that one directory serves
/// several chains. Immutable.
/// </summary>
public sealed record ChainDirectory
{
    private ChainDirectory(string folder) => Folder = folder;

    /// <summary>The folder: the data directory and the chain's name. Only its owner has access.</summary>
    public string Folder { get; }

    /// <summary>The address book, in Bitcoin Core's format.</summary>
    public string Peers => Path.Combine(Folder, PeersFile.FileName);

    /// <summary>The anchors, in Bitcoin Core's format.</summary>
    public string Anchors => Path.Combine(Folder, AnchorsFile.FileName);

    /// <summary>The bans, in Bitcoin Core's format.</summary>
    public string Bans => Path.Combine(Folder, BanListFile.FileName);

    /// <summary>The quarantined addresses, in a format of this library.</summary>
    public string Quarantine => Path.Combine(Folder, QuarantineFile.FileName);

    /// <summary>The private key of the onion service, in Bitcoin Core's format.</summary>
    public string OnionKey => Path.Combine(Folder, "onion_v3_private_key");

    /// <summary>The private key of the I2P address, in Bitcoin Core's format.</summary>
    public string I2PKey => Path.Combine(Folder, "i2p_private_key");

    /// <summary>The file whose lock shows that the folder is in use. It is never deleted.</summary>
    internal string Lock => Path.Combine(Folder, "peers.lock");

    /// <summary>The file that exists while the folder is in use, and after a run that did not end cleanly. Design N-2.</summary>
    internal string Running => Path.Combine(Folder, "peers.running");

    /// <summary>
    /// Locks the folder for this process, as a <see cref="PeerNetwork"/> does while it runs, and creates it if it does not exist. For
    /// programs that change its files while no network uses them.
    /// </summary>
    /// <returns>The lock. Dispose of it to release the folder; the system releases it when the process ends.</returns>
    /// <exception cref="IOException">The folder can't be created or locked; the message says whether another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// Access to the folder is denied. On Unix also: another user owns the folder or the data directory, or can write to them; the message
    /// has the command that changes that.
    /// </exception>
    public IDisposable AcquireLock() => FolderLock.Take(this);

    /// <summary>Gets the files of a chain.</summary>
    /// <param name="dataDirectory">The data directory. It need not exist.</param>
    /// <param name="chain">The chain.</param>
    /// <returns>The paths. The files need not exist.</returns>
    /// <exception cref="ArgumentException">
    /// The directory is empty, or the chain's name can't be the name of a folder, which has letters, digits, '-' and '_'.
    /// </exception>
    public static ChainDirectory FromDataDirectory(string dataDirectory, ChainParameters chain)
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
