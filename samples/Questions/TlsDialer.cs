using System.Net;
using System.Net.Security;
using Connmgr;

namespace Questions;

// snippet: tls
/// <summary>Wraps the connections of another dialler in TLS.</summary>
internal sealed class TlsDialer(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial, SslClientAuthenticationOptions authentication)
{
    public async ValueTask<Stream> DialAsync(EndPoint peer, CancellationToken cancellationToken)
    {
        var tls = new SslStream(await dial(peer, cancellationToken));
        try
        {
            await tls.AuthenticateAsClientAsync(authentication, cancellationToken);
            return tls;
        }
        catch (Exception e)
        {
            await tls.DisposeAsync();
            throw e is OperationCanceledException ? e : new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, e.Message, e);
        }
    }
}
// end
