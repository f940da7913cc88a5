using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The Unix socket of a data directory: <c>control.sock</c> in it. When that path is longer than the system allows (about 100 bytes), it is
/// a link to a socket in a new folder of the temporary folder.
/// </summary>
internal static class ControlSocket
{
    public const string FileName = "control.sock";

    /// <summary>The longest path of a socket. Linux allows 108 bytes with the terminator, other systems 104.</summary>
    private const int MaxPathLength = 103;

    private const int Backlog = 16;
    private const string FolderPrefix = "connmgr-";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Starts to listen, and removes a socket that a killed run has left. The caller holds the lock of the directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>A listening socket, to which only its owner can connect.</returns>
    /// <exception cref="IOException">The socket can't be created.</exception>
    public static Socket Listen(DataDirectory directory)
    {
        var path = Path.Combine(directory.Path, FileName);
        Remove(directory);
        var bindTo = path;
        if (!Fits(path))
        {
            bindTo = Path.Combine(Directory.CreateTempSubdirectory(FolderPrefix).FullName, "sock");
            if (!Fits(bindTo))
                throw new IOException($"The path '{path}' is too long for a unix socket, and so is one in the temporary folder, '{bindTo}'.");
            File.CreateSymbolicLink(path, bindTo);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(bindTo));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(bindTo, Private); // Before it listens: until then no one can connect.
            socket.Listen(Backlog);
            return socket;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            Remove(directory);
            throw exception is SocketException ? new IOException($"Can't listen at '{bindTo}': {exception.Message}", exception) : exception;
        }
    }

    /// <summary>Removes the socket of a directory, if there is one. The caller holds the lock of the directory.</summary>
    public static void Remove(DataDirectory directory)
    {
        var path = Path.Combine(directory.Path, FileName);
        var link = new FileInfo(path).LinkTarget;
        File.Delete(path);
        if (link is null || Path.GetDirectoryName(link) is not { } folder || !Path.GetFileName(folder).StartsWith(FolderPrefix, StringComparison.Ordinal))
            return;
        try
        {
            File.Delete(link);
            Directory.Delete(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The temporary folder was cleaned up, or has other files: leave it.
        }
    }

    /// <summary>Connects to the run that uses a directory.</summary>
    /// <param name="directory">The path of the directory.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The socket; null when no run listens.</returns>
    /// <exception cref="ToolException">The socket can't be connected to, or must not be trusted.</exception>
    public static async Task<Socket?> ConnectAsync(string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetFullPath(directory), FileName);
        var target = new FileInfo(path).LinkTarget ?? path;
        if (!Fits(target))
            return null; // No run could listen there.
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(target), cancellationToken).ConfigureAwait(false);
            if (PeerCredentials.AreTrusted(socket))
                return socket;
            throw new ToolException($"'{path}' is the socket of another user's program: give another --data-dir, which only you can write to.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            socket.Dispose();
            throw new ToolException($"can't connect to '{path}': it belongs to another user. Run this command as the user of the connmgr run.", exception);
        }
        catch (SocketException)
        {
            socket.Dispose(); // Not there (ENOENT), or left by a run that was killed (ECONNREFUSED).
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= MaxPathLength;
}
