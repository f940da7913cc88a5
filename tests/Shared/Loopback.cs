using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Loopback addresses as far as this machine has them.</summary>
internal static class Loopback
{
    private static readonly Lazy<bool> CanBindIPv6 = new(static () =>
    {
        if (!Socket.OSSupportsIPv6)
            return false;
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false; // Known to the kernel, but switched off, as in many containers.
        }
    });

    private static int _addresses;

    /// <summary>Whether ::1 is there.</summary>
    public static bool HasIPv6 => CanBindIPv6.Value;

    /// <summary>
    /// An address of 127.128.0.0/10 that no other test has, in this process or another: so a port that the system chose for one address is free at another.
    /// </summary>
    public static IPAddress NextAddress()
    {
        var process = Environment.ProcessId & 0x3FFF;
        var address = Interlocked.Increment(ref _addresses);
        Assert.InRange(address, 1, 254);
        return new IPAddress([127, (byte)(128 + (process >> 8)), (byte)process, (byte)address]);
    }
}
