using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// The owner of the process at the other end of a Unix socket. The file modes of the socket and of its directory keep other users out. This
/// check holds even if the modes were loosened, or another user has put a socket into a shared directory. It works on Linux; elsewhere only
/// the modes protect.
/// </summary>
internal static class PeerCredentials
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int Root = 0;

    /// <summary>Determines whether the other process belongs to the same user, or to root, who may do anything anyway.</summary>
    public static bool AreTrusted(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        Span<byte> credentials = stackalloc byte[12]; // struct ucred: pid, uid, gid.
        _ = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        var user = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..]);
        return user == Root || user == EffectiveUser();
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
