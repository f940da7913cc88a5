using System.Net;

namespace Connmgr;

/// <summary>Stub.</summary>
public sealed class TcpDialer
{
    /// <summary>x</summary>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
