using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tests.Proxies;

/// <summary>The default way to connect, against a proxy of our own on loopback and on a unix socket.</summary>
public class TorResolverSocketTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ip")]
    [InlineData("dns")]
    public async Task LookupAsync_OverTcp_ReadsAnswerSentByteByByte_D23(string kind)
    {
        using var listener = Listen(new IPEndPoint(IPAddress.Loopback, 0), ProtocolType.Tcp);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var serving = ServeAsync(listener, lookups: 3);
        var resolver = new TorResolver(kind is "ip" ? new IPEndPoint(IPAddress.Loopback, port) : new DnsEndPoint("localhost", port));

        for (var i = 0; i < 3; i++)
            Assert.Equal([IPAddress.Parse("192.0.2.7")], await resolver.LookupAsync("seed.example", Token));

        await serving;
    }

    [Fact]
    public async Task LookupAsync_OverUnixSocket_GivesTheAddress()
    {
        var folder = Directory.CreateTempSubdirectory("connmgr-");
        try
        {
            var endPoint = new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "socks"));
            using var listener = Listen(endPoint, ProtocolType.Unspecified);
            var serving = ServeAsync(listener, lookups: 1);

            Assert.Equal([IPAddress.Parse("192.0.2.7")], await new TorResolver(endPoint).LookupAsync("seed.example", Token));
            await serving;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task LookupAsync_WhenNobodyListens_ThrowsProxyUnreachable()
    {
        // Bound and not listening: nobody else gets the port meanwhile.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var resolver = new TorResolver(silent.LocalEndPoint!);

        var failure = await Assert.ThrowsAsync<TorException>(async () => await resolver.LookupAsync("seed.example", Token));

        Assert.Equal(TorErrorCode.ProxyUnreachable, failure.Code);
        Assert.IsType<SocketException>(failure.InnerException);
    }

    [Fact]
    public async Task LookupAsync_WhenProxyResets_ThrowsProxyUnreachable()
    {
        using var listener = Listen(new IPEndPoint(IPAddress.Loopback, 0), ProtocolType.Tcp);
        var resolver = new TorResolver(listener.LocalEndPoint!);
        var lookup = resolver.LookupAsync("seed.example", Token).AsTask();

        using (var accepted = await listener.AcceptAsync(Token))
            accepted.LingerState = new LingerOption(enable: true, seconds: 0);

        Assert.Equal(TorErrorCode.ProxyUnreachable, (await Assert.ThrowsAsync<TorException>(() => lookup)).Code);
    }

    private static Socket Listen(EndPoint endPoint, ProtocolType protocol)
    {
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(endPoint);
        listener.Listen();
        return listener;
    }

    // Takes each message whole before it answers, so a client that sends early or waits wrongly gets stuck or caught.
    private static async Task ServeAsync(Socket listener, int lookups)
    {
        for (var i = 0; i < lookups; i++)
        {
            using var accepted = await listener.AcceptAsync(Token);
            if (accepted.ProtocolType == ProtocolType.Tcp)
                accepted.NoDelay = true;
            await using var stream = new NetworkStream(accepted);

            var greeting = new byte[3];
            await stream.ReadExactlyAsync(greeting, Token);
            Assert.Equal(0, accepted.Available);
            await SendByteByByteAsync(stream, [5, 0]);

            var request = new byte[7 + "seed.example".Length];
            await stream.ReadExactlyAsync(request, Token);
            await SendByteByByteAsync(stream, [5, 0, 0, 1, 192, 0, 2, 7, 0, 0]);
            Assert.Equal(0, await stream.ReadAsync(request, Token));
        }
    }

    private static async Task SendByteByByteAsync(NetworkStream stream, byte[] bytes)
    {
        foreach (var b in bytes)
        {
            await stream.WriteAsync((byte[])[b], Token);
            await Task.Yield();
        }
    }
}
