using System.Net;

namespace Connmgr;

/// <summary>
/// Implemented by a stream that knows whom it connects. Streams of <see cref="TcpDialer"/> and <see cref="TcpConnectionListener"/>
/// implement it; a dialler that goes through a proxy names the peer here, not the proxy.
/// </summary>
public interface IStreamEndPoints
{
    /// <summary>Our end, or null when it is not known.</summary>
    EndPoint? LocalEndPoint { get; }

    /// <summary>The peer's end, or null when it is not known.</summary>
    EndPoint? RemoteEndPoint { get; }
}
