using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tests.Proxies;

/// <summary>The default way to connect, against a proxy of our own on loopback and on a unix socket.</summary>
public class Socks5DialerSocketTests
{
    private static readonly DnsEndPoint Peer = new("node.noumenon", 8333);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    [InlineData("unix")]
    public async Task DialAsync_ThroughEveryKindOfProxy_ConnectsBothWays_T57(string kind)
    {
        Assert.SkipUnless(Loopback.HasIPv6 || kind is not "::1", "this machine has no IPv6");
        var folder = Directory.CreateTempSubdirectory("connmgr-");
        try
        {
            var local = kind switch
            {
                "unix" => (EndPoint)new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "socks")),
                "::1" => new IPEndPoint(IPAddress.IPv6Loopback, 0),
                _ => new IPEndPoint(IPAddress.Loopback, 0),
            };
            using var listener = Listen(local);
            var text = kind switch
            {
                "unix" => $"unix:{local}",
                "::1" => $"[::1]:{((IPEndPoint)listener.LocalEndPoint!).Port}",
                _ => $"{kind}:{((IPEndPoint)listener.LocalEndPoint!).Port}",
            };
            Assert.True(ProxyEndPoint.TryParse(text, ProxyEndPoint.DefaultPort, out var proxy, out _));
            var serving = EchoAsync(listener);

            await using (var stream = await new Socks5Dialer(proxy).DialAsync(Peer, Token))
            {
                await stream.WriteAsync("hello"u8.ToArray(), Token);
                var echo = new byte[5];
                await stream.ReadExactlyAsync(echo, Token);
                Assert.Equal("hello"u8.ToArray(), echo);
            }

            await serving;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task DialAsync_WhenNobodyListensAtTheProxy_BlamesTheProxy()
    {
        // Bound and not listening: nobody else gets the port meanwhile.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var proxy = silent.LocalEndPoint!;

        var failure = await Assert.ThrowsAsync<ConnectFailedException>(async () => await new Socks5Dialer(proxy).DialAsync(Peer, Token));

        Assert.Equal(ConnectFailureCause.ProxyUnreachable, failure.Cause);
        Assert.Contains(proxy.ToString()!, failure.Message, StringComparison.Ordinal);
    }

    private static Socket Listen(EndPoint endPoint)
    {
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        return listener;
    }

    private static async Task EchoAsync(Socket listener)
    {
        using var accepted = await listener.AcceptAsync(Token);
        await using var stream = new NetworkStream(accepted);
        await stream.ReadExactlyAsync(new byte[4], Token);
        await stream.WriteAsync((byte[])[5, 0], Token);
        await stream.ReadExactlyAsync(new byte[7 + Peer.Host.Length], Token);
        await stream.WriteAsync((byte[])[5, 0, 0, 1, 0, 0, 0, 0, 0, 0], Token);
        await stream.CopyToAsync(stream, Token);
    }
}
