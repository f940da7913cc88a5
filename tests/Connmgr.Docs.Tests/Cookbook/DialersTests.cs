using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Recipes of docs/cookbook.md with other ways to connect.</summary>
public sealed class DialersTests : IAsyncDisposable
{
    private static readonly IPEndPoint Node = IPEndPoint.Parse("10.0.0.5:8333");

    private readonly MemoryNetwork _memory = new();
    private readonly X509Certificate2 _certificate = CreateCertificate();
    private readonly TaskCompletionSource<BitcoinPeer> _visitor = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _certificate.Dispose();
    }

    [Fact]
    public async Task Dialer_OfUnixSockets_ConnectsToThem()
    {
        var folder = Directory.CreateTempSubdirectory("cookbook").FullName;
        var path = Path.Combine(folder, "node.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();

        // snippet: dialer
        async ValueTask<Stream> DialAsync(EndPoint peer, CancellationToken token)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token); // Whatever address is asked for.
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e)
            {
                socket.Dispose();
                throw e is SocketException ? new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, e.Message, e) : e;
            }
        }
        // end
        await using var manager = new ConnectionManager(new() { Dial = DialAsync });
        await manager.StartAsync();
        var outcome = await manager.Connect(Node).FirstOutcome.WaitAsync(Kitchen.Patience);
        Assert.True(outcome.Succeeded, outcome.ToString());
        await manager.StopAsync();
        listener.Dispose();
        Directory.Delete(folder, recursive: true);
        var refused = await Assert.ThrowsAsync<ConnectFailedException>(() => DialAsync(Node, default).AsTask());
        Assert.Equal(ConnectFailureCause.Refused, refused.Cause);
    }

    [Fact]
    public async Task Tls_ByTheDialer_CarriesTheHandshake()
    {
        Serve();
        var dial = _memory.DialAsync;
        var authentication = CreateClientOptions();
        var options = new PeerNetworkOptions { Chain = ChainParameters.Mainnet, TargetOutbound = 0, PermanentPeers = [Node] };

        // snippet: tls
        options.Dial = async (peer, token) =>
        {
            var tls = new SslStream(await dial(peer, token)); // Where dial is new TcpDialer().DialAsync, or any other.
            try
            {
                await tls.AuthenticateAsClientAsync(authentication, token);
                return tls;
            }
            catch (Exception e)
            {
                await tls.DisposeAsync();
                throw e is OperationCanceledException ? e : new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, e.Message, e);
            }
        };
        // end
        await using var network = new PeerNetwork(options);
        await network.StartAsync();
        var peer = await network.GetPeerAsync().WaitAsync(Kitchen.Patience);
        Assert.IsType<SslStream>(peer.Connection!.Stream);
        await _visitor.Task.WaitAsync(Kitchen.Patience);
    }

    [Fact]
    public async Task ReplaceStream_InTheHandshake_IsTheConnectionsStream()
    {
        Serve();
        var (client, server) = (CreateClientOptions(), CreateServerOptions());
        var connected = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);

        // snippet: replace-stream
        var options = new ConnectionManagerOptions
        {
            Dial = new TcpDialer().DialAsync,
            Handshake = async (connection, token) =>
            {
                var tls = new SslStream(connection.Stream);
                connection.ReplaceStream(tls); // From here on the manager disposes it, and it the stream beneath.
                if (connection.Direction == ConnectionDirection.Outbound)
                    await tls.AuthenticateAsClientAsync(client, token);
                else
                    await tls.AuthenticateAsServerAsync(server, token);
            },
        };
        // end
        options.Dial = _memory.DialAsync;
        options.OnConnection = (_, connection, _) =>
        {
            connected.SetResult(connection.Stream);
            return connection.Closed;
        };
        await using var manager = new ConnectionManager(options);
        await manager.StartAsync();
        manager.Connect(Node);
        Assert.True(Assert.IsType<SslStream>(await connected.Task.WaitAsync(Kitchen.Patience)).IsAuthenticated);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create();
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    private void Serve() => _memory.SetBehavior(Node, Kitchen.CreateNode(_visitor.SetResult, async (stream, token) =>
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(CreateServerOptions(), token);
        return tls;
    }));

    private SslServerAuthenticationOptions CreateServerOptions() => new() { ServerCertificate = _certificate };

    private SslClientAuthenticationOptions CreateClientOptions() => new()
    {
        TargetHost = "node",
        RemoteCertificateValidationCallback = (_, certificate, _, _) => _certificate.Equals(certificate),
    };
}
