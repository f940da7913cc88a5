using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Connmgr.Tool;

/// <summary>
/// Who is at the other end of a unix socket. The modes of the socket and of its directory keep others out; this holds where they were
/// loosened, and where somebody put a socket of his own into a directory that is not ours alone. Known on Linux; elsewhere the modes stand
/// alone.
/// </summary>
internal static class PeerCredentials
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int Root = 0;

    /// <summary>Whether the process at the other end is our own user's, or root's, who may do anything anyway.</summary>
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
