using System.Net;

namespace Connmgr;

/// <summary>
/// The endpoints of a stream that provides them. Streams of <see cref="TcpDialer"/> and <see cref="TcpConnectionListener"/>
/// implement it; a dialer that goes through a proxy names the peer here, not the proxy.
/// </summary>
public interface IStreamEndPoints
{
    /// <summary>The local endpoint; null if it is not known.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The endpoint of the peer; null if it is not known.</summary>
    EndPoint? RemoteEndPoint { get; }
}
