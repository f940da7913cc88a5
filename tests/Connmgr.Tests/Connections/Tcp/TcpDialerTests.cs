using System.Net;
using System.Net.Sockets;

namespace Connmgr;

public sealed class TcpDialerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.4.4.1", "127.4.4.1")]
    [InlineData("::1", "::1")]
    public async Task DialAsync_ListeningAddress_ConnectsAndKnowsBothEnds(string listenAt, string expected)
    {
        Assert.SkipUnless(Loopback.HasIPv6 || !listenAt.Contains(':', StringComparison.Ordinal), "this machine has no IPv6");
        await using var listener = Listen(listenAt);

        await using var outbound = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);
        await using var inbound = await listener.AcceptAsync(Cancellation);

        var ours = Assert.IsAssignableFrom<IStreamEndPoints>(outbound);
        var theirs = Assert.IsAssignableFrom<IStreamEndPoints>(inbound);
        Assert.Equal(listener.LocalEndPoint, ours.RemoteEndPoint);
        Assert.Equal(IPAddress.Parse(expected), ((IPEndPoint)ours.RemoteEndPoint!).Address);
        Assert.Equal(ours.LocalEndPoint, theirs.RemoteEndPoint);
        Assert.Equal(ours.RemoteEndPoint, theirs.LocalEndPoint);
        Assert.Same(ours.LocalEndPoint, ours.LocalEndPoint);
        await AssertCarriesBytesAsync(outbound, inbound);
    }

    [Fact]
    public async Task DialAsync_ConnectedStreams_HaveNoDelayAndKeepAlive()
    {
        await using var listener = Listen("127.0.0.1");
        await using var outbound = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);
        await using var inbound = await listener.AcceptAsync(Cancellation);

        foreach (var stream in new[] { outbound, inbound })
        {
            var socket = Assert.IsAssignableFrom<NetworkStream>(stream).Socket;
            Assert.True(socket.NoDelay);
            Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
            Assert.Equal(120, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
            Assert.Equal(30, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
            Assert.Equal(4, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
        }
    }

    [Fact]
    public async Task DialAsync_DisposedStream_StillKnowsItsEnds()
    {
        await using var listener = Listen("127.0.0.1");
        var stream = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);

        await stream.DisposeAsync();

        Assert.Equal(listener.LocalEndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
        Assert.NotNull(((IStreamEndPoints)stream).LocalEndPoint);
    }

    [Fact]
    public async Task DialAsync_IPv4MappedAddress_IsDialledAndShownAsIPv4()
    {
        await using var listener = Listen("127.4.4.2");
        var port = ((IPEndPoint)listener.LocalEndPoint).Port;

        await using var stream = await new TcpDialer().DialAsync(new IPEndPoint(IPAddress.Parse("::ffff:127.4.4.2"), port), Cancellation);

        Assert.Equal(listener.LocalEndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_LocalAddress_ConnectsFromIt()
    {
        await using var listener = Listen("127.4.4.3");
        var dialer = new TcpDialer(new TcpDialerOptions { LocalIPv4Address = IPAddress.Parse("127.9.9.9") });

        await using var outbound = await dialer.DialAsync(listener.LocalEndPoint, Cancellation);
        await using var inbound = await listener.AcceptAsync(Cancellation);

        Assert.Equal(IPAddress.Parse("127.9.9.9"), ((IPEndPoint)((IStreamEndPoints)inbound).RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task DialAsync_LocalAddressNotOfThisMachine_SaysSoAndBlamesNoPeer()
    {
        await using var listener = Listen("127.0.0.1");
        var dialer = new TcpDialer(new TcpDialerOptions { LocalIPv4Address = IPAddress.Parse("192.0.2.77") });

        var failure = await FailureAsync(dialer, listener.LocalEndPoint);

        Assert.Equal((ConnectPhase.Tcp, ConnectFailureCause.Unknown), (failure.Phase, failure.Cause));
        Assert.Contains("192.0.2.77 is not an address of this machine", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_NobodyListens_IsRefusedWithTheAddressInTheMessage()
    {
        // Bound and not listening: nobody else gets the port meanwhile.
        using var dead = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        dead.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endPoint = dead.LocalEndPoint!;

        var failure = await FailureAsync(new TcpDialer(), endPoint);

        Assert.Equal((ConnectPhase.Tcp, ConnectFailureCause.Refused), (failure.Phase, failure.Cause));
        Assert.Contains($"{endPoint}: the host refused it", failure.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(failure.InnerException);
    }

    [Fact]
    public async Task DialAsync_PortZero_FailsWithoutDialling()
    {
        var failure = await FailureAsync(new TcpDialer(), new IPEndPoint(IPAddress.Loopback, 0));

        Assert.Equal(ConnectFailureCause.Unknown, failure.Cause);
        Assert.Contains("port 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_OtherKindOfEndPoint_SaysWhichKindsItTakes()
    {
        var failure = await FailureAsync(new TcpDialer(), new UnixDomainSocketEndPoint("/nowhere"));

        Assert.Equal((ConnectPhase.None, ConnectFailureCause.Unknown), (failure.Phase, failure.Cause));
        Assert.Contains("UnixDomainSocketEndPoint", failure.Message, StringComparison.Ordinal);
        Assert.Contains("IPEndPoint or DnsEndPoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_SilentAddress_EndsWhenCanceled()
    {
        await using var hole = await BlackHole.OpenAsync("127.4.4.5", Cancellation);
        using var cancel = new CancellationTokenSource();
        var dial = new TcpDialer().DialAsync(hole.EndPoint, cancel.Token).AsTask();
        Assert.False(dial.IsCompleted);

        await cancel.CancelAsync();

        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial);
        Assert.Equal(cancel.Token, canceled.CancellationToken);
    }

    [Fact]
    public async Task DialAsync_TokenCanceledBefore_DoesNotDial()
    {
        await using var listener = Listen("127.0.0.1");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new TcpDialer().DialAsync(listener.LocalEndPoint, new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task DialAsync_HostName_IsResolvedAtEachAttempt()
    {
        var answers = new Queue<IPAddress>([Loopback.NextAddress(), Loopback.NextAddress()]);
        await using var first = TcpConnectionListener.Listen(new IPEndPoint(answers.First(), 0));
        var port = ((IPEndPoint)first.LocalEndPoint).Port;
        await using var second = TcpConnectionListener.Listen(new IPEndPoint(answers.Last(), port));
        var dialer = Resolving((_, _) => Task.FromResult(new[] { answers.Dequeue() }));
        var name = new DnsEndPoint("peer.example", port);

        await using var one = await dialer.DialAsync(name, Cancellation);
        await using var two = await dialer.DialAsync(name, Cancellation);

        Assert.Equal(first.LocalEndPoint, ((IStreamEndPoints)one).RemoteEndPoint);
        Assert.Equal(second.LocalEndPoint, ((IStreamEndPoints)two).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_HostNameWithDeadAndSilentAddresses_ReachesTheLiveOne()
    {
        IPAddress[] addresses = [Loopback.NextAddress(), Loopback.NextAddress(), Loopback.NextAddress()];
        await using var live = TcpConnectionListener.Listen(new IPEndPoint(addresses[2], 0));
        var port = ((IPEndPoint)live.LocalEndPoint).Port;
        await using var hole = await BlackHole.OpenAsync(addresses[1].ToString(), Cancellation, port);
        var dialer = new TcpDialer(new TcpDialerOptions
        {
            Resolve = (_, _) => Task.FromResult(addresses),
            NextAddressDelay = TimeSpan.FromMilliseconds(1),
        });

        await using var stream = await dialer.DialAsync(new DnsEndPoint("peer.example", port), Cancellation);

        Assert.Equal(live.LocalEndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_LiteralAddressAsHostName_DoesNotAskTheResolver()
    {
        await using var listener = Listen("127.4.4.11");
        var dialer = Resolving((host, _) => throw new InvalidOperationException($"asked for {host}"));

        await using var stream = await dialer.DialAsync(new DnsEndPoint("127.4.4.11", ((IPEndPoint)listener.LocalEndPoint).Port), Cancellation);

        Assert.Equal(listener.LocalEndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Theory]
    [InlineData("expyuzz4wqqyqhjn.onion")]
    [InlineData("EXAMPLE.B32.I2P.")]
    public async Task DialAsync_NameOfAnOverlayNetwork_IsNotLookedUp(string host)
    {
        var asked = false;
        var failure = await FailureAsync(
            Resolving((_, _) =>
            {
                asked = true;
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            }),
            new DnsEndPoint(host, 8333));

        Assert.False(asked);
        Assert.Equal(ConnectFailureCause.Unknown, failure.Cause);
        Assert.Contains("proxy", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_NameWithoutAddress_IsNameNotFound()
    {
        var none = await FailureAsync(Resolving((_, _) => Task.FromResult(Array.Empty<IPAddress>())), new DnsEndPoint("peer.example", 8333));
        var wrongFamily = await FailureAsync(
            Resolving((_, _) => Task.FromResult(new[] { IPAddress.Loopback })),
            new DnsEndPoint("peer.example", 8333, AddressFamily.InterNetworkV6));

        Assert.Equal((ConnectPhase.Resolve, ConnectFailureCause.NameNotFound), (none.Phase, none.Cause));
        Assert.Equal((ConnectPhase.Resolve, ConnectFailureCause.NameNotFound), (wrongFamily.Phase, wrongFamily.Cause));
        Assert.Contains("no IPv6 address", wrongFamily.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_ResolverThrows_FailsInThePhaseResolve()
    {
        var failure = await FailureAsync(
            Resolving((_, _) => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound))),
            new DnsEndPoint("nosuch.example", 8333));

        Assert.Equal((ConnectPhase.Resolve, ConnectFailureCause.NameNotFound), (failure.Phase, failure.Cause));
        Assert.Contains("nosuch.example", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DialAsync_ResolverIgnoresItsToken_StillEndsWhenCanceled()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        using var cancel = new CancellationTokenSource();
        var dial = Resolving((_, _) => never.Task).DialAsync(new DnsEndPoint("peer.example", 8333), cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial.WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
    }

    [Fact]
    public async Task DialAsync_SystemResolver_KnowsLocalhost()
    {
        await using var listener = Listen("127.0.0.1");

        await using var stream = await new TcpDialer().DialAsync(
            new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndPoint).Port, AddressFamily.InterNetwork),
            Cancellation);

        Assert.Equal(listener.LocalEndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_AsTheManagersDial_Connects()
    {
        await using var listener = Listen("127.0.0.1");
        var options = new ConnectionManagerOptions { Dial = new TcpDialer().DialAsync };

        await using var stream = await options.Dial(listener.LocalEndPoint, Cancellation);

        Assert.True(stream.CanRead);
    }

    [Fact]
    public void Constructor_OptionOutOfRange_NamesIt()
    {
        var delay = Assert.Throws<ArgumentException>(() => new TcpDialer(new TcpDialerOptions { NextAddressDelay = TimeSpan.Zero }));
        var family = Assert.Throws<ArgumentException>(() => new TcpDialer(new TcpDialerOptions { LocalIPv4Address = IPAddress.IPv6Loopback }));

        Assert.Contains(nameof(TcpDialerOptions.NextAddressDelay), delay.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(TcpDialerOptions.LocalIPv4Address), family.Message, StringComparison.Ordinal);
    }

    private static TcpDialer Resolving(Func<string, CancellationToken, Task<IPAddress[]>> resolve) => new(new TcpDialerOptions { Resolve = resolve });

    private static TcpConnectionListener Listen(string address) => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Parse(address), 0));

    private static async Task<ConnectFailedException> FailureAsync(TcpDialer dialer, EndPoint endPoint) =>
        await Assert.ThrowsAsync<ConnectFailedException>(() => dialer.DialAsync(endPoint, Cancellation).AsTask());

    private static async Task AssertCarriesBytesAsync(Stream from, Stream to)
    {
        await from.WriteAsync(new byte[] { 1, 2, 3 }, Cancellation);
        var received = new byte[3];
        await to.ReadExactlyAsync(received, Cancellation);
        Assert.Equal([1, 2, 3], received);
    }

    [Fact]
    public async Task DialAsync_AnEndlessDelayBeforeTheNextAddress_WaitsForTheFirstToFail()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dialer = new TcpDialer(new()
        {
            NextAddressDelay = TimeSpan.MaxValue,
            Resolve = static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]),
        });

        await using var stream = await dialer.DialAsync(new DnsEndPoint("peer.example", ((IPEndPoint)listener.LocalEndpoint).Port), TestContext.Current.CancellationToken);

        Assert.Equal(listener.LocalEndpoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }
}
