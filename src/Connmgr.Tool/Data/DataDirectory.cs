using System.Globalization;

namespace Connmgr.Tool;

/// <summary>
/// A directory that belongs to one run as long as this is not disposed of. Made, for its owner alone, when it is not there.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>
    /// The file whose lock is the directory's. It stays: to remove it would let a third run lock another file of that name.
    /// </summary>
    public const string LockFileName = "connmgr.lock";

    /// <summary>The mode of the directory, and of those in it.</summary>
    public const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Names the process that has the lock: a locked file can't be read.</summary>
    private const string ProcessFileName = "connmgr.pid";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream fileLock) => (Path, _lock) = (path, fileLock);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Opens a directory.</summary>
    /// <param name="path">Where.</param>
    /// <returns>The directory.</returns>
    /// <exception cref="DataDirectoryInUseException">Another process has it.</exception>
    /// <exception cref="ToolException">It can't be made or used.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            var full = System.IO.Path.GetFullPath(path);
            CheckLinks(full);
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(full);
            else
                Directory.CreateDirectory(full, OwnerAlone);
            PrivateFolder.Require(full);
            var directory = new DataDirectory(full, Lock(full));
            try
            {
                directory.Remove(ProcessFileName); // A link is not followed, nor a pipe waited for.
                using var process = new StreamWriter(System.IO.Path.Combine(full, ProcessFileName), Private(FileMode.CreateNew, FileShare.Read));
                process.Write($"{Environment.ProcessId}\n");
                return directory;
            }
            catch
            {
                directory.Dispose();
                throw;
            }
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException(
                $"can't use the data directory '{path}': {exception.Message} Give another --data-dir.", exception);
        }
    }

    /// <summary>Requires that a directory exists.</summary>
    /// <param name="path">The path of the directory.</param>
    /// <exception cref="ToolException">There is no such directory.</exception>
    public static void RequireExisting(string path)
    {
        if (!Directory.Exists(path))
            throw new ToolException($"there is no directory '{path}': give the --data-dir of a connmgr run.");
    }

    /// <summary>Removes the file that names the process, whose number may be another's by tomorrow, and then gives the directory up.</summary>
    public void Dispose()
    {
        if (_lock.CanWrite) // Not after the first time: then the directory may be another's.
            Remove(ProcessFileName);
        _lock.Dispose();
    }

    /// <summary>Removes a file of the directory, if that can be done: it may be gone, or can't be written any more.</summary>
    /// <param name="name">The name of the file.</param>
    public void Remove(string name)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(Path, name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is left of it tells nobody anything wrong that a lock does not set right.
        }
    }

    /// <summary>A link that leads nowhere: the system says of it that the file already exists.</summary>
    private static void CheckLinks(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is { Exists: false }; directory = directory.Parent)
        {
            if (directory.LinkTarget is { } target)
            {
                throw new IOException(
                    $"'{directory.FullName}' is a symbolic link to '{target}', and there is no directory: make that directory, or remove the link.");
            }
        }
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            var file = System.IO.Path.Combine(directory, LockFileName);
            return new FileStream(file, Private(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            var owner = Owner(directory) is { } id ? $" (process {id})" : string.Empty;
            throw new DataDirectoryInUseException(
                $"another connmgr{owner} uses the data directory '{directory}': end it, or give this one another --data-dir.", exception);
        }
    }

    /// <summary>For a file that its owner alone may read, whatever the directory allows.</summary>
    private static FileStreamOptions Private(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = mode == FileMode.CreateNew ? FileAccess.Write : FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    /// <summary>ERROR_SHARING_VIOLATION of Windows, EWOULDBLOCK of Linux and of macOS.</summary>
    private static bool IsLocked(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static int? Owner(string directory)
    {
        try
        {
            var text = NamedFile.Read(System.IO.Path.Combine(directory, ProcessFileName), maximum: 100).Span;
            return int.TryParse(text.TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
