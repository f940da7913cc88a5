namespace Connmgr.Bitcoin;

/// <summary>
/// Locks a folder for this process until it is disposed of. The system frees the lock when the process ends, even when it is killed.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Creates the folder if it does not exist, and locks it.</summary>
    /// <exception cref="IOException">The folder can't be created or locked; the message says whether another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// Access is denied, or other users own the folder or can write to it; the message has the command that changes that.
    /// </exception>
    public static FolderLock Take(ChainDirectory files)
    {
        // Checked before anything is created in it, and again once the folder exists.
        PrivateFolder.Require(Path.GetDirectoryName(files.Folder)!);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(files.Folder);
        else
            Directory.CreateDirectory(files.Folder, OwnerAlone);
        PrivateFolder.Require(files.Folder);
        try
        {
            return new(new FileStream(files.Lock, OwnerOnlyFile.CreateOptions(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)));
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new IOException(
                $"'{files.Folder}' is in use by another PeerNetwork, of this process or another: stop that one, or give this one another DataDirectory.",
                exception);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Recognizes ERROR_SHARING_VIOLATION of Windows, and EWOULDBLOCK of Linux and of macOS.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;
}
