namespace Connmgr.Bitcoin;

/// <summary>A folder that is this process's alone until this is disposed of, also after a kill: the system frees the lock then.</summary>
internal sealed class FolderLock : IDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder if it is not there, and locks it.</summary>
    /// <exception cref="IOException">It can't be made or locked; the message says whether another has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be, or others own it or can write to it; the message has the command that changes that.</exception>
    public static FolderLock Take(ChainFiles files)
    {
        // Before anything is made in it, and once it is there.
        PrivateFolder.Require(Path.GetDirectoryName(files.Folder)!);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(files.Folder);
        else
            Directory.CreateDirectory(files.Folder, OwnerAlone);
        PrivateFolder.Require(files.Folder);
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new(new FileStream(files.Lock, options));
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new IOException(
                $"'{files.Folder}' is in use by another PeerNetwork, of this process or another: stop that one, or give this one another DataDirectory.",
                exception);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>ERROR_SHARING_VIOLATION of Windows, EWOULDBLOCK of Linux and of macOS.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;
}
