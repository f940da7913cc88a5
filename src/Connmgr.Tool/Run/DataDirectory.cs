using System.Globalization;

namespace Connmgr.Tool;

/// <summary>A directory that belongs to one run as long as this is not disposed of. Made, for its owner alone, when it is not there.</summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>The file whose lock is the directory's. It stays: to remove it would let a third run lock another file of that name.</summary>
    public const string LockFileName = "connmgr.lock";

    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream fileLock) => (Path, _lock) = (path, fileLock);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Opens a directory.</summary>
    /// <param name="path">Where.</param>
    /// <returns>The directory.</returns>
    /// <exception cref="ToolException">It can't be made or used, or another run has it.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            var full = System.IO.Path.GetFullPath(path);
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(full);
            else
                Directory.CreateDirectory(full, OwnerAlone);
            return new DataDirectory(full, Lock(System.IO.Path.Combine(full, LockFileName)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ToolException($"can't use the data directory '{path}': {exception.Message} Give another --data-dir, or leave it out.", exception);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string file)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            var owner = Owner(file) is { } id ? $" (process {id})" : string.Empty;
            throw new ToolException(
                $"another connmgr{owner} uses the data directory '{System.IO.Path.GetDirectoryName(file)}': end it, or give this one another --data-dir.", exception);
        }

        stream.SetLength(0);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
        stream.Flush();
        return stream;
    }

    /// <summary>ERROR_SHARING_VIOLATION of Windows, EWOULDBLOCK of Linux and of macOS.</summary>
    private static bool IsLocked(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static int? Owner(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = stackalloc byte[16];
            var text = System.Text.Encoding.ASCII.GetString(bytes[..stream.Read(bytes)]).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
