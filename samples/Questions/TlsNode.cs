using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Questions;

/// <summary>A node of the sandbox's chain that speaks TLS, on a network in memory.</summary>
internal sealed class TlsNode : IAsyncDisposable
{
    private readonly MemoryNetwork _network = new();
    private readonly X509Certificate2 _certificate = CreateCertificate();

    public TlsNode() => _network.SetBehavior(Address, HostBehavior.Serving(TalkAsync));

    public static IPEndPoint Address { get; } = IPEndPoint.Parse("10.0.0.5:8333");

    /// <summary>Creates the options of a program that connects to it, and to nothing else.</summary>
    public PeerNetworkOptions CreateOptions()
    {
        var dial = _network.DialAsync;
        var authentication = new SslClientAuthenticationOptions
        {
            TargetHost = "node",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => _certificate.Equals(certificate),
        };

        // snippet: tls-options
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            TargetOutbound = 0,
            PermanentPeers = [Address],
            Dial = new TlsDialer(dial, authentication).DialAsync, // Where dial is new TcpDialer().DialAsync.
        };
        // end
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _certificate.Dispose();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create();
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    private async Task TalkAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, cancellationToken);
            var protocol = new BitcoinProtocol(new() { Chain = ChainParameters.Mainnet, Services = NodeServices.Network | NodeServices.Witness, UserAgent = "/TLS:1.0/" });
            var peer = await protocol.HandshakeAsync(tls, ConnectionDirection.Inbound, remoteEndPoint: null, cancellationToken);
            await peer.RunAsync(static (_, _, _) => ValueTask.CompletedTask, cancellationToken);
        }
        catch (Exception e) when (e is ConnectFailedException or BitcoinProtocolException or IOException or OperationCanceledException)
        {
            // The other side has ended the connection.
        }
    }
}
