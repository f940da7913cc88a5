using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>A TCP connection that knows both of its endpoints even after it was closed.</summary>
internal sealed class TcpStream : NetworkStream, IStreamEndPoints
{
    private const int KeepAliveIdleSeconds = 120;
    private const int KeepAliveIntervalSeconds = 30;
    private const int KeepAliveProbes = 4;

    /// <param name="socket">A connected socket, which the stream now owns.</param>
    /// <param name="remote">The remote endpoint.</param>
    /// <param name="local">The local endpoint; null to ask the system, which costs a system call and 140 bytes.</param>
    public TcpStream(Socket socket, IPEndPoint? remote, IPEndPoint? local = null)
        : base(socket, ownsSocket: true)
    {
        RemoteEndPoint = remote;
        LocalEndPoint = local ?? (socket.LocalEndPoint is IPEndPoint endPoint ? Unmapped(endPoint) : null);
    }

    public EndPoint? LocalEndPoint { get; }

    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Sets the options that every connection has.</summary>
    public static void Configure(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
    }

    /// <summary>Converts an endpoint whose IPv4 address is mapped into IPv6 (::ffff:1.2.3.4) to plain IPv4.</summary>
    public static IPEndPoint Unmapped(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
