using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Connmgr;

/// <summary>Opens plain connections to proxies: TCP or unix sockets.</summary>
internal static class ProxyConnector
{
    /// <summary>Creates the default callback that connects to a proxy, or to Tor's control port.</summary>
    /// <exception cref="ArgumentException">The endpoint is of a kind for which the options must provide a callback.</exception>
    public static Func<EndPoint, CancellationToken, ValueTask<Stream>> For(
        EndPoint endPoint,
        [CallerArgumentExpression(nameof(endPoint))] string name = "") =>
        endPoint is IPEndPoint or DnsEndPoint or UnixDomainSocketEndPoint
            ? ConnectAsync
            : throw new ArgumentException(
                $"{endPoint} is a {endPoint.GetType().Name}; give an IP, DNS or unix socket end point, or set Connect.",
                name);

    private static async ValueTask<Stream> ConnectAsync(EndPoint proxy, CancellationToken cancellationToken)
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
