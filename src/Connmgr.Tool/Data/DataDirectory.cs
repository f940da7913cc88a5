using System.Globalization;

namespace Connmgr.Tool;

/// <summary>
/// A data directory, locked for this process until it is disposed. It is created, accessible only to its owner, if it does not exist.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>The file whose lock is that of the directory. It is never removed: a third run could then lock another file of that name.</summary>
    public const string LockFileName = "connmgr.lock";

    /// <summary>The mode of the directory and of its subdirectories.</summary>
    public const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The file with the id of the process that holds the lock: a locked file can't be read.</summary>
    private const string ProcessFileName = "connmgr.pid";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream fileLock) => (Path, _lock) = (path, fileLock);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Opens and locks a directory.</summary>
    /// <param name="path">The path of the directory.</param>
    /// <returns>The directory.</returns>
    /// <exception cref="DataDirectoryInUseException">Another process holds the lock.</exception>
    /// <exception cref="ToolException">The directory can't be created or used.</exception>
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
            var directory = new DataDirectory(full, Lock(full, mayCreate: true));
            try
            {
                directory.Remove(ProcessFileName); // Does not follow a link, or wait for a pipe.
                using var process = new StreamWriter(System.IO.Path.Combine(full, ProcessFileName), OwnerOnlyFile.CreateOptions(FileMode.CreateNew, FileAccess.Write));
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

    /// <summary>Checks that <see cref="Open"/> would succeed with a directory that exists. Changes nothing; a lock that exists is held for a moment.</summary>
    /// <param name="path">The path of the directory.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="DataDirectoryInUseException">Another process holds the lock.</exception>
    /// <exception cref="ToolException">The directory can't be used.</exception>
    public static string Probe(string path)
    {
        try
        {
            var full = System.IO.Path.GetFullPath(path);
            if (!Directory.Exists(full))
                throw new IOException($"'{full}' is not a directory.");
            PrivateFolder.Require(full);
            if (!OperatingSystem.IsWindows() && UnixFile.Describe(full) is { } facts && !CanWrite(facts, UnixFile.EffectiveUser()))
                throw new UnauthorizedAccessException($"'{full}' can't be written to by this user.");
            if (File.Exists(System.IO.Path.Combine(full, LockFileName)))
                Lock(full, mayCreate: false).Dispose();
            return full;
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

    /// <summary>Removes the file with the id of the process, which another process may get later, and then releases the lock.</summary>
    public void Dispose()
    {
        if (_lock.CanWrite) // Not when it is already disposed: then the directory may belong to another process.
            Remove(ProcessFileName);
        _lock.Dispose();
    }

    /// <summary>Removes a file of the directory if possible.</summary>
    /// <param name="name">The name of the file.</param>
    public void Remove(string name)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(Path, name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is gone, or the directory is no longer writable. What is left is harmless: the lock decides.
        }
    }

    /// <summary>Checks for a broken symbolic link, of which the system only reports that the file already exists.</summary>
    private static void CheckLinks(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is { Exists: false }; directory = directory.Parent)
        {
            if (directory.LinkTarget is { } target)
            {
                throw new IOException(
                    $"'{directory.FullName}' is a symbolic link to '{target}', which does not exist: create that directory, or remove the link.");
            }
        }
    }

    /// <summary>Determines whether a user can write to a directory that only its owner can write to.</summary>
    private static bool CanWrite(FileFacts facts, uint user) =>
        user == 0 || (facts.Owner == user && facts.Mode.HasFlag(UnixFileMode.UserWrite | UnixFileMode.UserExecute));

    private static FileStream Lock(string directory, bool mayCreate)
    {
        try
        {
            var file = System.IO.Path.Combine(directory, LockFileName);
            return new FileStream(file, mayCreate
                ? OwnerOnlyFile.CreateOptions(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
                : new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            var owner = Owner(directory) is { } id ? $" (process {id})" : string.Empty;
            throw new DataDirectoryInUseException(
                $"another connmgr{owner} uses the data directory '{directory}': end it, or give this one another --data-dir.", exception);
        }
    }

    /// <summary>Determines whether an exception is ERROR_SHARING_VIOLATION of Windows, or EWOULDBLOCK of Linux or macOS.</summary>
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
