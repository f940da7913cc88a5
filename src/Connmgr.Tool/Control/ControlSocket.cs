using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The unix socket of a data directory: <c>control.sock</c> in it. Where that path is longer than the system takes (some 100 bytes), it is
/// a link to a socket in a folder of its own in the temporary folder.
/// </summary>
internal static class ControlSocket
{
    public const string FileName = "control.sock";

    /// <summary>What a socket's path may have less than on Linux (108 bytes, its end included), the others have 104.</summary>
    private const int MaxPathLength = 103;

    private const int Backlog = 16;
    private const string FolderPrefix = "connmgr-";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Begins to listen. A socket that a killed run left is removed: call it with the directory's lock held.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>A socket that listens, which only its owner can connect to.</returns>
    /// <exception cref="IOException">It can't; the message says why.</exception>
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
                File.SetUnixFileMode(bindTo, Private); // Before it listens: until then nobody can connect.
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

    /// <summary>Removes the socket of a directory, when there is one. Call it with the directory's lock held.</summary>
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
            // Somebody cleaned up the temporary folder, or put something there: it is in nobody's way.
        }
    }

    /// <summary>Connects to the run that has a directory.</summary>
    /// <param name="directory">The path of the directory.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The socket; null when no run listens.</returns>
    /// <exception cref="ToolException">There is one that can't be connected to, or must not be trusted.</exception>
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
            throw new ToolException($"'{path}' is the socket of another user's program: give --data-dir a directory of your own.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            socket.Dispose();
            throw new ToolException($"can't connect to '{path}': it is another user's. Run this as the user of the connmgr run.", exception);
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
