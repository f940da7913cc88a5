using System.Net;

namespace Connmgr;

/// <summary>
/// The endpoints of a stream that knows them. Streams of <see cref="TcpDialer"/> and <see cref="TcpConnectionListener"/>
/// implement it; a dialer that goes through a proxy names the peer here, not the proxy.
/// </summary>
public interface IStreamEndPoints
{
    /// <summary>The local end; null when it is not known.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The peer's end; null when it is not known.</summary>
    EndPoint? RemoteEndPoint { get; }
}
