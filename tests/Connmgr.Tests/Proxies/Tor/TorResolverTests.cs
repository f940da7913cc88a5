using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public class TorResolverTests
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);
    private static readonly byte[] Greeting = [5, 0];
    private static readonly byte[] IPv4Reply = [5, 0, 0, 1, 192, 0, 2, 7, 0, 0];
    private static readonly byte[] IPv6Reply = [5, 0, 0, 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0];

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LookupAsync_WhenGranted_SendsResolveAndReadsTheWholeReply()
    {
        var proxy = new ScriptedProxy([.. Greeting, .. IPv4Reply]);

        var addresses = await Resolver(proxy).LookupAsync("seed.example", Token);

        Assert.Equal([IPAddress.Parse("192.0.2.7")], addresses);
        Assert.Equal((byte[])[5, 1, 0, 5, 0xF0, 0, 3, 12, .. "seed.example"u8, 0, 0], proxy.Written);
        Assert.Equal(12, proxy.Consumed);
        Assert.Equal(1, proxy.DisposeCount);
    }

    [Fact]
    public async Task LookupAsync_OfIPv6Answer_GivesIt_D25()
    {
        var addresses = await Resolver(new ScriptedProxy([.. Greeting, .. IPv6Reply])).LookupAsync("seed.example", Token);

        Assert.Equal([IPAddress.Parse("2001:db8::7")], addresses);
    }

    [Fact]
    public async Task LookupAsync_WhenEachByteComesAlone_GivesTheAddress_D23()
    {
        foreach (var reply in new[] { IPv4Reply, IPv6Reply })
        {
            var proxy = new ScriptedProxy([.. Greeting, .. reply], () => 1);

            Assert.Single(await Resolver(proxy).LookupAsync("seed.example", Token));
        }
    }

    [Fact]
    public async Task LookupAsync_WithCredentials_AuthenticatesFirst_D25()
    {
        var proxy = new ScriptedProxy([5, 2, 1, 0, .. IPv4Reply]);

        await Resolver(proxy, credentials: new ProxyCredentials("bob", "pw")).LookupAsync("a", Token);

        Assert.Equal((byte[])[5, 1, 2, 1, 3, .. "bob"u8, 2, .. "pw"u8, 5, 0xF0, 0, 3, 1, (byte)'a', 0, 0], proxy.Written);
    }

    [Fact]
    public async Task LookupAsync_WithLongestCredentialsAndName_SendsThemWhole()
    {
        var name = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 63));
        var proxy = new ScriptedProxy([5, 2, 1, 0, .. IPv4Reply]);

        await Resolver(proxy, credentials: new ProxyCredentials(new string('u', 255), new string('p', 255))).LookupAsync(name, Token);

        Assert.Equal(255, name.Length);
        Assert.Equal(3 + 513 + 262, proxy.Written.Length);
    }

    [Theory]
    [InlineData(new byte[] { 4, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0xFF }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 1 }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 2 }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 0, 4, 0, 0, 1, 1, 2, 3, 4, 0, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 3, 1, 65, 0, 0 }, TorErrorCode.InvalidAddressResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 3, 0, 0, 0 }, TorErrorCode.InvalidAddressResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 2, 1, 2, 3, 4, 0, 0 }, TorErrorCode.InvalidAddressResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 0, 1, 2, 3, 4, 0, 0 }, TorErrorCode.InvalidAddressResponse)]
    [InlineData(new byte[] { 5, 0, 5, 9, 0, 1, 0, 0, 0, 0, 0, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0xEF, 0, 1, 0, 0, 0, 0, 0, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 0, 5, 0xF8, 0, 1, 0, 0, 0, 0, 0, 0 }, TorErrorCode.InvalidProxyResponse)]
    public async Task LookupAsync_OfBadAnswer_ThrowsItsCode(byte[] script, TorErrorCode expected)
    {
        var proxy = new ScriptedProxy(script);

        Assert.Equal(expected, (await GetFailure(Resolver(proxy))).Code);
        Assert.Equal(1, proxy.DisposeCount);
    }

    [Theory]
    [InlineData(new byte[] { 5, 0 }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 0xFF }, TorErrorCode.UnrecognizedAuthMethod)]
    [InlineData(new byte[] { 5, 2, 1, 1 }, TorErrorCode.AuthenticationFailed)]
    [InlineData(new byte[] { 5, 2, 5, 0 }, TorErrorCode.InvalidProxyResponse)]
    [InlineData(new byte[] { 5, 2, 1 }, TorErrorCode.InvalidProxyResponse)]
    public async Task LookupAsync_WhenCredentialsAreNotTaken_ThrowsItsCode(byte[] script, TorErrorCode expected)
    {
        var failure = await GetFailure(Resolver(new ScriptedProxy(script), credentials: new ProxyCredentials("bob", "secret")));

        Assert.Equal(expected, failure.Code);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<int> Statuses => [1, 2, 3, 4, 5, 6, 7, 8, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task LookupAsync_OfErrorStatus_ThrowsItsCode_N20(int status)
    {
        // The error comes with an address that must not be taken for an answer; some proxies leave it out.
        foreach (byte[] tail in new byte[][] { [0, 1, 0, 0, 0, 0, 0, 0], [0, 1] })
        {
            var failure = await GetFailure(Resolver(new ScriptedProxy([.. Greeting, 5, (byte)status, .. tail])));

            Assert.Equal(status, (int)failure.Code);
            Assert.True(Enum.IsDefined(failure.Code));
            Assert.DoesNotContain(failure.Code.ToString(), failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LookupAsync_OfAnswerCutAtAnyByte_ThrowsTorException_D23()
    {
        foreach (var reply in new[] { IPv4Reply, IPv6Reply })
        {
            byte[] whole = [.. Greeting, .. reply];
            for (var length = 0; length < whole.Length; length++)
            {
                var failure = await GetFailure(Resolver(new ScriptedProxy(whole[..length])));

                Assert.Equal(length < 6 ? TorErrorCode.InvalidProxyResponse : TorErrorCode.InvalidAddressResponse, failure.Code);
            }
        }
    }

    [Fact]
    public async Task LookupAsync_OfProxySilentAtAnyByte_EndsAtTheDeadline_D24()
    {
        byte[] whole = [.. Greeting, .. IPv6Reply];
        for (var length = 0; length < whole.Length; length++)
        {
            foreach (var ignoresTokens in new[] { false, true })
            {
                var proxy = new ScriptedProxy(whole[..length], silentAtEnd: true, ignoresTokens: ignoresTokens);
                var lookup = Resolver(proxy).LookupAsync("seed.example", Token).AsTask();

                _clock.Advance(TimeSpan.FromSeconds(29));
                Assert.False(lookup.IsCompleted);
                _clock.Advance(TimeSpan.FromSeconds(1));

                Assert.Equal(TorErrorCode.Timeout, (await Assert.ThrowsAsync<TorException>(() => lookup)).Code);
                await proxy.Disposed;
            }
        }
    }

    [Fact]
    public async Task LookupAsync_OfBytesThatTrickle_EndsAtTheOneDeadline_D24()
    {
        // A byte each 10 s is never late by itself; the whole is.
        var proxy = new ScriptedProxy([.. Greeting, .. IPv4Reply], () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return 1;
        });

        Assert.Equal(TorErrorCode.Timeout, (await GetFailure(Resolver(proxy))).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LookupAsync_WhenCanceled_ThrowsCanceledAndReleasesTheStream_D24(bool ignoresTokens)
    {
        using var source = new CancellationTokenSource();
        var proxy = new ScriptedProxy(Greeting, silentAtEnd: true, ignoresTokens: ignoresTokens);
        var lookup = Resolver(proxy).LookupAsync("seed.example", source.Token).AsTask();

        await source.CancelAsync();

        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lookup)).CancellationToken);
        await proxy.Disposed;
    }

    [Fact]
    public async Task LookupAsync_WhenCanceledBefore_DoesNotConnect()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var resolver = Resolver((_, _) => throw new InvalidOperationException("connected"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await resolver.LookupAsync("seed.example", source.Token));
    }

    [Fact]
    public async Task LookupAsync_WhenConnectIgnoresItsToken_EndsAtTheDeadlineAndDisposesTheLateStream()
    {
        var connect = new TaskCompletionSource<Stream>();
        var resolver = Resolver((_, _) => new ValueTask<Stream>(connect.Task));
        var lookup = resolver.LookupAsync("seed.example", Token).AsTask();

        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TorErrorCode.Timeout, (await Assert.ThrowsAsync<TorException>(() => lookup)).Code);
        var late = new ScriptedProxy([.. Greeting, .. IPv4Reply]);
        connect.SetResult(late);

        await late.Disposed;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LookupAsync_WhenConnectFails_ThrowsProxyUnreachable(bool canceledByItself)
    {
        Exception inner = canceledByItself ? new OperationCanceledException("its own time-out") : new IOException("no route");

        var failure = await GetFailure(Resolver((_, _) => throw inner));

        Assert.Equal(TorErrorCode.ProxyUnreachable, failure.Code);
        Assert.Same(inner, failure.InnerException);
    }

    [Fact]
    public async Task LookupAsync_OfBadName_ThrowsBeforeConnecting_D24()
    {
        var resolver = Resolver((_, _) => throw new InvalidOperationException("connected"));

        foreach (var name in new[] { "", new string('a', 256), new string('é', 200), "a b", "a\0b", "a\n", "a\x7f", "\ud800", "é..a" })
        {
            var failure = await Assert.ThrowsAsync<ArgumentException>("host", async () => await resolver.LookupAsync(name, Token));
            Assert.NotEmpty(failure.Message);
        }

        await Assert.ThrowsAsync<ArgumentNullException>("host", async () => await resolver.LookupAsync(null!, Token));
    }

    [Fact]
    public async Task LookupAsync_OfInternationalName_SendsItsAsciiForm()
    {
        var proxy = new ScriptedProxy([.. Greeting, .. IPv4Reply]);

        await Resolver(proxy).LookupAsync("bücher.example", Token);

        Assert.Contains("xn--bcher-kva.example", Encoding.ASCII.GetString(proxy.Written), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LookupAsync_AsLookupOfASeeder_Works()
    {
        var proxy = new ScriptedProxy([.. Greeting, .. IPv4Reply]);
        var seeder = new DnsSeeder(
            ChainParameters.Mainnet with { DnsSeeds = [new("seed.example", supportsServiceFilter: true)] },
            new DnsSeederOptions { Lookup = Resolver(proxy).LookupAsync });

        var result = await seeder.SeedAsync(0x409, cancellationToken: Token);

        Assert.Equal("192.0.2.7:8333", Assert.Single(result.Seeds[0].Addresses).EndPoint.ToString());
        Assert.Contains("x409.seed.example", Encoding.ASCII.GetString(proxy.Written), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_OfBadArguments_SaysWhichAndWhat()
    {
        Assert.Throws<ArgumentNullException>("proxy", () => new TorResolver(null!));
        Assert.Throws<ArgumentException>("options", () => new TorResolver(Proxy, new TorResolverOptions { Timeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>("options", () => new TorResolver(Proxy, new TorResolverOptions { TimeProvider = null! }));
        foreach (var options in new TorResolverOptions[]
        {
            new() { LookupsPerName = 0 }, new() { LookupsPerName = 9, Isolation = new StreamIsolation() }, new() { LookupsPerName = 2 },
            new() { Isolation = new StreamIsolation(), Credentials = new ProxyCredentials("u", "p") },
        })
        {
            Assert.Throws<ArgumentException>("options", () => new TorResolver(Proxy, options));
        }

        Assert.Throws<ArgumentException>("proxy", () => new TorResolver(new OtherEndPoint()));
        Assert.NotNull(new TorResolver(new OtherEndPoint(), new TorResolverOptions { Connect = new ScriptedProxy([]).ConnectAsync }));
        Assert.Throws<ArgumentException>("userName", () => new ProxyCredentials("", "p"));
        Assert.Throws<ArgumentException>("password", () => new ProxyCredentials("u", new string('é', 128)));
        Assert.Equal("u", new ProxyCredentials("u", "p").ToString());
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("fe80::7%3", "fe80::7")]
    public async Task ReverseLookupAsync_WhenGranted_SendsResolvePtrAndGivesTheName(string address, string asked)
    {
        var proxy = new ScriptedProxy([.. Greeting, 5, 0, 0, 3, 12, .. "node.example"u8, 0, 0], () => 1);

        Assert.Equal("node.example", await Resolver(proxy).ReverseLookupAsync(IPAddress.Parse(address), Token));

        Assert.Equal((byte[])[5, 1, 0, 5, 0xF1, 0, 3, (byte)asked!.Length, .. Encoding.ASCII.GetBytes(asked), 0, 0], proxy.Written);
        Assert.Equal(1, proxy.DisposeCount);
    }

    [Theory]
    [InlineData(new byte[] { 5, 0, 0, 3, 0, 0, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 3, 3, 65, 27, 66, 0, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 3, 2, 65, 0xE9, 0, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 1, 1, 2, 3, 4, 0, 0 })]
    public async Task ReverseLookupAsync_OfAnswerThatIsNoName_ThrowsItsCode(byte[] reply)
    {
        var failure = await Assert.ThrowsAsync<TorException>(
            async () => await Resolver(new ScriptedProxy([.. Greeting, .. reply])).ReverseLookupAsync(IPAddress.Loopback, Token));

        Assert.Equal(TorErrorCode.InvalidAddressResponse, failure.Code);
    }

    [Fact]
    public async Task LookupAsync_WithIsolation_UsesFreshCredentialsEachTime_D25()
    {
        var users = new List<string>();
        var isolation = new StreamIsolation();
        for (var i = 0; i < 3; i++)
        {
            var proxy = new ScriptedProxy([5, 2, 1, 0, .. IPv4Reply]);
            await new TorResolver(Proxy, new TorResolverOptions { Connect = proxy.ConnectAsync, Isolation = isolation }).LookupAsync("a", Token);
            Assert.Equal((byte[])[5, 1, 2], proxy.Written[..3]);
            users.Add(Encoding.ASCII.GetString(proxy.Written, 5, proxy.Written[4]));
        }

        Assert.Equal(3, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task LookupAsync_OfManyLookUps_AsksUnderDistinctCredentialsAndGivesEachAddressOnce()
    {
        var proxies = new List<ScriptedProxy>();
        var resolver = new TorResolver(Proxy, new TorResolverOptions
        {
            Isolation = new StreamIsolation(),
            LookupsPerName = 8,
            TimeProvider = _clock,
            Connect = (_, _) =>
            {
                // Three exits with an address each, one that fails, one that is not Tor's.
                byte[] script = proxies.Count switch
                {
                    3 => [5, 2, 1, 0, 5, 4, 0, 1],
                    4 => [4],
                    var n => [5, 2, 1, 0, 5, 0, 0, 1, 192, 0, 2, (byte)(n % 3), 0, 0],
                };
                proxies.Add(new ScriptedProxy(script));
                return new ValueTask<Stream>(proxies[^1]);
            },
        });

        var addresses = await resolver.LookupAsync("seed.example", Token);

        Assert.Equal("192.0.2.0 192.0.2.1 192.0.2.2", string.Join(' ', addresses.Select(address => address.ToString()).Order(StringComparer.Ordinal)));
        Assert.Equal(8, proxies.Count);
        Assert.All(proxies, proxy => Assert.Equal(1, proxy.DisposeCount));
        var users = proxies.Where((_, i) => i != 4).Select(proxy => Encoding.ASCII.GetString(proxy.Written, 5, proxy.Written[4]));
        Assert.Equal(7, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task LookupAsync_OfManyLookUpsThatAllFail_ThrowsTheFirstError()
    {
        var resolver = new TorResolver(Proxy, new TorResolverOptions
        {
            Isolation = new StreamIsolation(),
            LookupsPerName = 3,
            Connect = (_, _) => new ValueTask<Stream>(new ScriptedProxy([5, 2, 1, 0, 5, 4, 0, 1])),
        });

        Assert.Equal(TorErrorCode.HostUnreachable, (await GetFailure(resolver)).Code);
    }

    [Fact]
    public async Task LookupAsync_OfManyLookUps_WhenCanceled_ThrowsCanceled()
    {
        using var source = new CancellationTokenSource();
        var resolver = new TorResolver(Proxy, new TorResolverOptions
        {
            Isolation = new StreamIsolation(),
            LookupsPerName = 8,
            Connect = (_, _) => new ValueTask<Stream>(new ScriptedProxy([], silentAtEnd: true)),
        });
        var lookup = resolver.LookupAsync("seed.example", source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lookup);
    }

    private static async Task<TorException> GetFailure(TorResolver resolver) =>
        await Assert.ThrowsAsync<TorException>(async () => await resolver.LookupAsync("seed.example", Token));

    private TorResolver Resolver(ScriptedProxy proxy, ProxyCredentials? credentials = null) => Resolver(proxy.ConnectAsync, credentials);

    private TorResolver Resolver(Func<EndPoint, CancellationToken, ValueTask<Stream>> connect, ProxyCredentials? credentials = null) =>
        new(Proxy, new TorResolverOptions { Connect = connect, Credentials = credentials, TimeProvider = _clock });

    private sealed class OtherEndPoint : EndPoint;
}
