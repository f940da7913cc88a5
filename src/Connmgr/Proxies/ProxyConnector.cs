using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>Opens plain connections to proxies: TCP or unix sockets.</summary>
internal static class ProxyConnector
{
    public static bool Supports(EndPoint proxy) => proxy is IPEndPoint or DnsEndPoint or UnixDomainSocketEndPoint;

    public static async ValueTask<Stream> ConnectAsync(EndPoint proxy, CancellationToken cancellationToken)
    {
        var socket = NewSocket(proxy);
        try
        {
            if (proxy is not UnixDomainSocketEndPoint)
                TcpStream.Configure(socket);
            await socket.ConnectAsync(proxy, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket(EndPoint proxy) => proxy switch
    {
        UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        IPEndPoint ip => new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
    };
}
