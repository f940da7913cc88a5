using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>A TCP connection that remembers both of its ends, also after it was closed.</summary>
internal sealed class TcpStream : NetworkStream, IStreamEndPoints
{
    private const int KeepAliveIdleSeconds = 120;
    private const int KeepAliveIntervalSeconds = 30;
    private const int KeepAliveProbes = 4;

    /// <param name="socket">A connected socket; belongs to the stream from here on.</param>
    /// <param name="remote">The peer's end.</param>
    /// <param name="local">Our end; null: the system is asked, which takes a call of it and 140 bytes.</param>
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
