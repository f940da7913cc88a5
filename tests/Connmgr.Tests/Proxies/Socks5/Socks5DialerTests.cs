using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public class Socks5DialerTests
{
    private const string Onion = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";

    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);
    private static readonly DnsEndPoint Peer = new("seed.example", 8333);
    private static readonly byte[] Greeting = [5, 0];
    private static readonly byte[] Granted = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<EndPoint, string> Targets => new()
    {
        { new IPEndPoint(IPAddress.Parse("15.61.23.23"), 1234), "15.61.23.23" },
        { new IPEndPoint(IPAddress.Parse("::ffff:15.61.23.23"), 1234), "15.61.23.23" },
        { new IPEndPoint(IPAddress.Parse("1233:3432:2434:2343:3234:2345:6546:4534"), 5443), "1233:3432:2434:2343:3234:2345:6546:4534" },
        { new IPEndPoint(IPAddress.Parse("fe80::1%3"), 5443), "fe80::1" },
        { new IPEndPoint(IPAddress.Parse("fc00:1:2:3:4:5:6:7"), 8888), "fc00:1:2:3:4:5:6:7" },
        { new DnsEndPoint(Onion, 8333), Onion },
        { new DnsEndPoint("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", 8333), "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p" },
        { new DnsEndPoint("ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p", 0), "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p" },
        { new DnsEndPoint("seed.example.", 8333), "seed.example." },
        { new DnsEndPoint("node.noumenon", 8333), "node.noumenon" },
        { new DnsEndPoint("10.0.0.1", 8333), "10.0.0.1" },
        { new DnsEndPoint("bücher.example", 8333), "xn--bcher-kva.example" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task DialAsync_OfEveryKindOfAddress_AsksForItByName_T57(EndPoint endPoint, string host)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var proxy = new ScriptedProxy([.. Greeting, .. Granted]);

        await using var stream = await Dialer(proxy, isolation: null).DialAsync(endPoint, Token);

        var port = (ushort)(endPoint is IPEndPoint ip ? ip.Port : ((DnsEndPoint)endPoint).Port);
        byte[] request = [5, 1, 0, 5, 1, 0, 3, (byte)host!.Length, .. Encoding.ASCII.GetBytes(host), (byte)(port >> 8), (byte)port];
        Assert.Equal(request, proxy.Written);
    }

    public static TheoryData<EndPoint, string> NoTargets => new()
    {
        { new IPEndPoint(IPAddress.Parse("15.61.23.23"), 0), "Port 0" },
        { new IPEndPoint(IPAddress.Parse("fc00:1:2:3:4:5:6:7"), 0), "Port 0" },
        { new DnsEndPoint(Onion, 0), "Port 0" },
        { new DnsEndPoint("seed.example", 0), "Port 0" },
        { new DnsEndPoint("10.0.0.1", 0), "Port 0" },
        { new DnsEndPoint("expyuzz4wqqyqhjn.onion", 8333), "version 3" },
        { new DnsEndPoint("3" + Onion[1..], 8333), "version 3" },
    };

    [Theory]
    [MemberData(nameof(NoTargets))]
    public async Task DialAsync_OfWhatNobodyCanReach_SendsNothing(EndPoint endPoint, string why)
    {
        var proxy = new ScriptedProxy([.. Greeting, .. Granted]);

        var failure = await GetFailure(Dialer(proxy), endPoint!);

        Assert.Contains(why!, failure.Message, StringComparison.Ordinal);
        Assert.Empty(proxy.Written);
    }

    [Fact]
    public async Task DialAsync_OfNameOf255Bytes_SendsItWhole_AndOfOneMore_SendsNothing_S7()
    {
        var name = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 63));
        var proxy = new ScriptedProxy([.. Greeting, .. Granted]);
        await using (await Dialer(proxy, isolation: null).DialAsync(new DnsEndPoint(name, 1), Token))
            Assert.Equal(3 + 262, proxy.Written.Length);

        var untouched = new ScriptedProxy([.. Greeting, .. Granted]);
        var failure = await GetFailure(Dialer(untouched), new DnsEndPoint(name + "e", 1));

        Assert.Equal((ConnectPhase.None, ConnectFailureCause.Unknown), (failure.Phase, failure.Cause));
        Assert.Contains("256 bytes", failure.Message, StringComparison.Ordinal);
        Assert.Empty(untouched.Written);
    }

    [Fact]
    public async Task DialAsync_OfWhatCannotBeAsked_SaysWhyAndDoesNotConnect()
    {
        var dialer = Dialer((_, _) => throw new InvalidOperationException("connected"));

        foreach (var endPoint in new EndPoint[] { new DnsEndPoint("a b", 1), new DnsEndPoint("a\nb", 1), new DnsEndPoint("a", 0), new IPEndPoint(IPAddress.Loopback, 0), new OtherEndPoint() })
            Assert.Equal(ConnectPhase.None, (await GetFailure(dialer, endPoint)).Phase);
    }

    [Fact]
    public async Task DialAsync_WhenGranted_LeavesWhatFollowsTheReplyInTheStream_AndNamesThePeer()
    {
        foreach (byte[] reply in new byte[][] { Granted, [5, 0, 0, 4, .. new byte[16], 1, 2], [5, 0, 0, 3, 2, 65, 66, 1, 2], [5, 0, 0, 3, 0, 1, 2] })
        {
            var proxy = new ScriptedProxy([.. Greeting, .. reply, .. "peer"u8]);

            var stream = await Dialer(proxy, isolation: null).DialAsync(Peer, Token);
            var buffer = new byte[8];
            var read = await stream.ReadAsync(buffer, Token);

            Assert.Equal("peer", Encoding.ASCII.GetString(buffer, 0, read));
            var ends = Assert.IsType<IStreamEndPoints>(stream, exactMatch: false);
            Assert.Equal(Peer, ends.RemoteEndPoint);
            Assert.Null(ends.LocalEndPoint);
            Assert.Equal(0, proxy.DisposeCount);
            await stream.DisposeAsync();
            Assert.NotEqual(0, proxy.DisposeCount);
        }
    }

    [Fact]
    public async Task DialAsync_ByDefault_GivesEachConnectionFreshCredentials_S5()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var options = new Socks5DialerOptions();
        for (var i = 0; i < 100; i++)
        {
            var proxy = new ScriptedProxy([5, 2, 1, 0, .. Granted]);
            options.Connect = proxy.ConnectAsync;
            await using var stream = await new Socks5Dialer(Proxy, options).DialAsync(Peer, Token);

            Assert.Equal((byte[])[5, 2, 0, 2], proxy.Written[..4]);
            var (user, password) = CredentialsIn(proxy.Written.AsSpan(4));
            Assert.Equal(user, password);
            Assert.True(seen.Add(user));
        }
    }

    [Fact]
    public async Task DialAsync_OfOneGroup_SendsTheSameCredentials_AndOfAnotherOthers()
    {
        var users = new List<string>();
        var options = new Socks5DialerOptions { GetIsolationGroup = endPoint => ((DnsEndPoint)endPoint).Host[..1] is var group and not "x" ? group : null };
        foreach (var host in new[] { "a1", "a2", "b1", "x1", "x2", "a3" })
        {
            var proxy = new ScriptedProxy([5, 2, 1, 0, .. Granted]);
            options.Connect = proxy.ConnectAsync;
            await using var stream = await new Socks5Dialer(Proxy, options).DialAsync(new DnsEndPoint(host, 1), Token);
            users.Add(CredentialsIn(proxy.Written.AsSpan(4)).User);
        }

        Assert.Equal(users[0], users[1]);
        Assert.Equal(users[0], users[5]);
        Assert.Equal(4, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task DialAsync_WhenTheProxyTakesNoCredentials_GoesOnUnlessIsolationIsRequired_T57()
    {
        var proxy = new ScriptedProxy([.. Greeting, .. Granted]);
        await using (await Dialer(proxy).DialAsync(Peer, Token))
            Assert.Equal((byte[])[5, 2, 0, 2, 5, 1], proxy.Written[..6]);

        var refused = new ScriptedProxy([.. Greeting, .. Granted]);
        var failure = await GetFailure(new Socks5Dialer(Proxy, new Socks5DialerOptions { RequireIsolation = true, Connect = refused.ConnectAsync }), Peer);

        Assert.Equal(ConnectFailureCause.ProxyUnreachable, failure.Cause);
        Assert.Equal((byte[])[5, 1, 2], refused.Written);
    }

    [Fact]
    public async Task DialAsync_WithCredentials_OffersThemAlone()
    {
        var proxy = new ScriptedProxy([5, 2, 1, 0, .. Granted]);
        var options = new Socks5DialerOptions { Isolation = null, Credentials = new ProxyCredentials("bob", "secret"), Connect = proxy.ConnectAsync };

        await using var stream = await new Socks5Dialer(Proxy, options).DialAsync(Peer, Token);

        Assert.Equal((byte[])[5, 1, 2, 1, 3, .. "bob"u8, 6, .. "secret"u8, 5, 1], proxy.Written[..17]);
    }

    public static TheoryData<byte, ConnectFailureCause> Statuses => new()
    {
        { 0x01, ConnectFailureCause.Unknown },
        { 0x02, ConnectFailureCause.Unreachable },
        { 0x03, ConnectFailureCause.Unreachable },
        { 0x04, ConnectFailureCause.NameNotFound },
        { 0x05, ConnectFailureCause.Refused },
        { 0x06, ConnectFailureCause.Timeout },
        { 0x07, ConnectFailureCause.ProxyUnreachable },
        { 0x08, ConnectFailureCause.ProxyUnreachable },
        { 0x09, ConnectFailureCause.ProxyUnreachable },
        { 0xEF, ConnectFailureCause.ProxyUnreachable },
        { 0xF0, ConnectFailureCause.Unreachable },
        { 0xF1, ConnectFailureCause.Unreachable },
        { 0xF2, ConnectFailureCause.Unreachable },
        { 0xF3, ConnectFailureCause.Unreachable },
        { 0xF4, ConnectFailureCause.Refused },
        { 0xF5, ConnectFailureCause.Refused },
        { 0xF6, ConnectFailureCause.NameNotFound },
        { 0xF7, ConnectFailureCause.Timeout },
        { 0xF8, ConnectFailureCause.ProxyUnreachable },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task DialAsync_OfErrorStatus_ThrowsItsCauseAndCode(byte status, ConnectFailureCause expected)
    {
        // With the address that SOCKS5 wants, and without, as some proxies do.
        foreach (byte[] tail in new byte[][] { [0, 1, 0, 0, 0, 0, 0, 0], [0, 1] })
        {
            var proxy = new ScriptedProxy([.. Greeting, 5, status, .. tail]);

            var failure = await GetFailure(Dialer(proxy), Peer);

            Assert.Equal((ConnectPhase.Proxy, expected), (failure.Phase, failure.Cause));
            var code = Assert.IsType<TorException>(failure.InnerException).Code;
            Assert.Equal(TorStatus.GetCode(status) ?? TorErrorCode.InvalidProxyResponse, code);
            Assert.DoesNotContain(code.ToString(), failure.Message, StringComparison.Ordinal);
            Assert.Equal(1, proxy.DisposeCount);
        }
    }

    [Fact]
    public async Task DialAsync_OfStatus4_DependsOnTheKindOfAddress()
    {
        byte[] script = [.. Greeting, 5, 4, 0, 1];

        foreach (var endPoint in new EndPoint[] { new DnsEndPoint(Onion, 1), new IPEndPoint(IPAddress.Parse("15.61.23.23"), 1), new DnsEndPoint("15.61.23.23", 1) })
            Assert.Equal(ConnectFailureCause.Unreachable, (await GetFailure(Dialer(new ScriptedProxy(script)), endPoint)).Cause);
    }

    [Theory]
    [InlineData(new byte[] { 4, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0xFF }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 1 }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 2, 1, 1 }, TorErrorCode.AuthenticationFailed)]
    [InlineData(new byte[] { 5, 2, 5, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0, 4, 0, 0, 1, 1, 2, 3, 4, 0, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 2, 1, 2, 3, 4, 0, 0 }, TorErrorCode.InvalidAddressResponse)]
    public async Task DialAsync_OfBadAnswer_BlamesTheProxy(byte[] script, TorErrorCode expected)
    {
        var proxy = new ScriptedProxy(script);

        var failure = await GetFailure(Dialer(proxy), Peer);

        Assert.Equal((ConnectPhase.Proxy, ConnectFailureCause.ProxyUnreachable), (failure.Phase, failure.Cause));
        Assert.Equal(expected, Assert.IsType<TorException>(failure.InnerException).Code);
        Assert.Equal(1, proxy.DisposeCount);
    }

    [Fact]
    public async Task DialAsync_OfAnswerCutAtAnyByte_BlamesTheProxy()
    {
        byte[] whole = [5, 2, 1, 0, 5, 0, 0, 3, 2, 65, 66, 1, 2];
        for (var length = 0; length < whole.Length; length++)
        {
            var proxy = new ScriptedProxy(whole[..length]);

            Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await GetFailure(Dialer(proxy), Peer)).Cause);
            Assert.Equal(1, proxy.DisposeCount);
        }
    }

    [Fact]
    public async Task DialAsync_OfProxySilentAtAnyByte_EndsAtTheDeadlineOfWhoeverIsWaitedFor_S7()
    {
        byte[] whole = [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for (var length = 0; length < whole.Length; length++)
        {
            foreach (var ignoresTokens in new[] { false, true })
            {
                var proxy = new ScriptedProxy(whole[..length], silentAtEnd: true, ignoresTokens: ignoresTokens);
                var dial = Dialer(proxy).DialAsync(Peer, Token).AsTask();
                var waitsForPeer = length >= 4;

                _clock.Advance(TimeSpan.FromSeconds(waitsForPeer ? 59 : 19));
                Assert.False(dial.IsCompleted);
                _clock.Advance(TimeSpan.FromSeconds(1));

                var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => dial);
                Assert.Equal(waitsForPeer ? ConnectFailureCause.Timeout : ConnectFailureCause.ProxyUnreachable, failure.Cause);
                Assert.Equal(ConnectPhase.Proxy, failure.Phase);
                await proxy.Disposed;
            }
        }
    }

    [Fact]
    public async Task DialAsync_OfBytesThatTrickle_EndsAtTheOneDeadline_S7()
    {
        // A byte each 9 s is never late by itself; the whole is: after 18 s the proxy has answered for itself, after 60 s the peer is late.
        var proxy = new ScriptedProxy([.. Greeting, .. Granted], () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(9));
            return 1;
        });

        Assert.Equal(ConnectFailureCause.Timeout, (await GetFailure(Dialer(proxy), Peer)).Cause);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    public async Task DialAsync_WhenCanceled_ThrowsCanceledAndReleasesTheStream(bool ignoresTokens, int length)
    {
        using var source = new CancellationTokenSource();
        byte[] whole = [5, 2, 1, 0, 5, 0];
        var proxy = new ScriptedProxy(whole[..length], silentAtEnd: true, ignoresTokens: ignoresTokens);
        var dial = Dialer(proxy).DialAsync(Peer, source.Token).AsTask();

        await source.CancelAsync();

        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial)).CancellationToken);
        await proxy.Disposed;
    }

    [Fact]
    public async Task DialAsync_WhenCanceledBefore_DoesNotConnect()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Dialer((_, _) => throw new InvalidOperationException("connected")).DialAsync(Peer, source.Token));
    }

    [Fact]
    public async Task DialAsync_WhenConnectIgnoresItsToken_EndsInTimeAndDisposesTheLateStream()
    {
        var connect = new TaskCompletionSource<Stream>();
        var dial = Dialer((_, _) => new ValueTask<Stream>(connect.Task)).DialAsync(Peer, Token).AsTask();

        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await Assert.ThrowsAsync<ConnectFailedException>(() => dial)).Cause);
        var late = new ScriptedProxy([.. Greeting, .. Granted]);
        connect.SetResult(late);

        await late.Disposed;
    }

    [Fact]
    public async Task DialAsync_WhenTheDeadlineComesAfterTheGrant_LeavesTheStreamAlone()
    {
        var proxy = new ScriptedProxy([.. Greeting, .. Granted]);
        using var source = new CancellationTokenSource();
        await using var stream = await Dialer(proxy).DialAsync(Peer, source.Token);

        _clock.Advance(TimeSpan.FromDays(1));
        await source.CancelAsync();

        Assert.Equal(0, proxy.DisposeCount);
    }

    [Fact]
    public async Task DialAsync_WhenConnectFails_BlamesTheProxy_UnlessTheFaultIsThisMachines()
    {
        Exception inner = new SocketException((int)SocketError.ConnectionRefused);
        var failure = await GetFailure(Dialer((_, _) => throw inner), Peer);
        Assert.Equal((ConnectPhase.Proxy, ConnectFailureCause.ProxyUnreachable), (failure.Phase, failure.Cause));
        Assert.Same(inner, failure.InnerException);

        var own = await GetFailure(Dialer((_, _) => throw new SocketException((int)SocketError.TooManyOpenSockets)), Peer);
        Assert.Equal(ConnectFailureCause.Unknown, own.Cause);

        Assert.Equal(ConnectFailureCause.ProxyUnreachable, (await GetFailure(Dialer((_, _) => throw new OperationCanceledException()), Peer)).Cause);
    }

    [Fact]
    public void Constructor_OfBadArguments_SaysWhichAndWhat()
    {
        Assert.Throws<ArgumentNullException>("proxy", () => new Socks5Dialer(null!));
        Assert.Throws<ArgumentException>("proxy", () => new Socks5Dialer(new OtherEndPoint()));
        foreach (var options in new Socks5DialerOptions[]
        {
            new() { Timeout = TimeSpan.Zero },
            new() { Timeout = TimeSpan.FromDays(25) },
            new() { ProxyTimeout = TimeSpan.FromSeconds(-1) },
            new() { TimeProvider = null! },
            new() { Credentials = new ProxyCredentials("u", "p") },
            new() { Isolation = null, RequireIsolation = true },
        })
        {
            Assert.Throws<ArgumentException>("options", () => new Socks5Dialer(Proxy, options));
        }
    }

    private static (string User, string Password) CredentialsIn(ReadOnlySpan<byte> message)
    {
        Assert.Equal(1, message[0]);
        var user = message.Slice(2, message[1]);
        var password = message.Slice(3 + user.Length, message[2 + user.Length]);
        return (Encoding.UTF8.GetString(user), Encoding.UTF8.GetString(password));
    }

    private static async Task<ConnectFailedException> GetFailure(Socks5Dialer dialer, EndPoint endPoint) =>
        await Assert.ThrowsAsync<ConnectFailedException>(async () => await dialer.DialAsync(endPoint, Token));

    private Socks5Dialer Dialer(ScriptedProxy proxy) => Dialer(proxy.ConnectAsync);

    private Socks5Dialer Dialer(ScriptedProxy proxy, StreamIsolation? isolation) =>
        new(Proxy, new Socks5DialerOptions { Connect = proxy.ConnectAsync, Isolation = isolation, TimeProvider = _clock });

    private Socks5Dialer Dialer(Func<EndPoint, CancellationToken, ValueTask<Stream>> connect) =>
        new(Proxy, new Socks5DialerOptions { Connect = connect, TimeProvider = _clock });

    private sealed class OtherEndPoint : EndPoint;
}
