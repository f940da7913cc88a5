using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The choice of the transport, and the whole way from the first byte to messages in both directions.</summary>
public sealed class TransportSetupTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<TransportPolicy, TransportPolicy, bool, PeerTransport> Pairs { get; } = new()
    {
        { TransportPolicy.V2Only, TransportPolicy.V2Only, false, PeerTransport.V2 },
        { TransportPolicy.V2Only, TransportPolicy.PreferV2, false, PeerTransport.V2 },
        { TransportPolicy.V2Only, TransportPolicy.V2Only, true, PeerTransport.V2 },
        { TransportPolicy.PreferV2, TransportPolicy.PreferV2, false, PeerTransport.V1 }, // It cannot dial again.
        { TransportPolicy.V1Only, TransportPolicy.PreferV2, false, PeerTransport.V1 },
        { TransportPolicy.V1Only, TransportPolicy.V1Only, false, PeerTransport.V1 },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Handshake_TwoSides_AgreeOnATransport_AndExchangeMessages(
        TransportPolicy dials, TransportPolicy answers, bool sendsDecoys, PeerTransport expected)
    {
        var (dialer, listener) = DuplexStream.Pair();
        var dialed = NewProtocol(dials, sendsDecoys).HandshakeAsync(dialer, ConnectionDirection.Outbound, null, Ct).AsTask();
        var answered = NewProtocol(answers, sendsDecoys).HandshakeAsync(listener, ConnectionDirection.Inbound, null, Ct).AsTask();
        var (one, other) = (await dialed, await answered);
        Assert.Equal((expected, expected), (one.Transport, other.Transport));
        Assert.Equal(expected == PeerTransport.V2 ? 32 : 0, one.SessionId.Length);
        Assert.Equal(one.SessionId.ToArray(), other.SessionId.ToArray());

        // More than two keys' packets each way, a message of several segments, a batch and posts.
        var received = new List<(string, int)>();
        var all = new TaskCompletionSource();
        var run = other.RunAsync((_, message, _) =>
        {
            received.Add((message.Command.ToString(), message.Payload.Length));
            if (message.Command.ToString() is "end")
                all.SetResult();
            return default;
        }, Ct);
        var answers2 = one.RunAsync(static (_, _, _) => default, Ct);
        for (var i = 0; i < 500; i++)
        {
            if (i % 2 == 0)
                await one.SendAsync(new("inv"), new byte[i], Ct);
            else
                Assert.True(one.TryPost(new("inv"), new byte[i]));
        }

        await one.SendAsync(new("block"), new byte[1_000_000], Ct);
        Assert.True(await one.TrySendAsync(new FrameBatch(Frames.Chain).Add(new("tx"), new byte[50]).Add(new("end"), new byte[3]), Ct));
        await all.Task.WaitAsync(Ct);
        Assert.Equal([.. Enumerable.Range(0, 500).Select(static i => ("inv", i)), ("block", 1_000_000), ("tx", 50), ("end", 3)], received);
        Assert.True(await one.PingAsync(Ct) >= TimeSpan.Zero);
        await Eventually.TrueAsync(() => other.BytesReceived == one.BytesSent); // An answer to a ping of the other's may be under way.
        one.Close();
        other.Close();
        await Task.WhenAll(run, answers2);
        await one.Closed;
    }

    /// <summary>Checks a regression: a host that sends every byte back was waited for until the handshake's timeout.</summary>
    [Fact]
    public async Task Handshake_AHostThatEchoes_IsThisNode()
    {
        var (dialer, listener) = DuplexStream.Pair();
        var echo = listener.CopyToAsync(listener, Ct);
        var failed = await Assert.ThrowsAsync<ConnectFailedException>(
            () => NewProtocol(TransportPolicy.V2Only).HandshakeAsync(dialer, ConnectionDirection.Outbound, null, Ct).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Ct));
        Assert.Equal(ConnectFailureCause.SelfConnection, failed.Cause);
        await dialer.DisposeAsync();
        await echo;
    }

    /// <summary>With one byte at a time the same is agreed on.</summary>
    [Fact]
    public async Task Handshake_KeysByteByByte_AreRead()
    {
        using var agreement = new KeyAgreement(KeyExchange.Instance!, isInitiator: true, garbage: 100);
        var hasWritten = new TaskCompletionSource();
        var stream = new FakeStream { AfterWrite = () => hasWritten.TrySetResult() };
        var handshake = NewProtocol(TransportPolicy.PreferV2).HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct).AsTask();
        foreach (var value in agreement.FirstFlight.ToArray())
            stream.Feed(value);
        await hasWritten.Task.WaitAsync(Ct);
        var keys = agreement.Agree(stream.Written.AsSpan(0, PacketFormat.KeySize), Frames.Chain.Magic.AsSpan());
        var version = Contents(MessageCommand.Version, Frames.PeerVersion.Encode());
        var verack = Contents(MessageCommand.Verack, []);
        byte[] rest = [.. keys.SentTerminator, .. Seal(keys, [], agreement.Garbage), .. Seal(keys, version), .. Seal(keys, verack)];
        foreach (var value in rest)
            stream.Feed(value);
        var peer = await handshake;
        Assert.Equal(PeerTransport.V2, peer.Transport);
        Assert.Equal(keys.SessionId, peer.SessionId.ToArray());
        Assert.Equal(Frames.PeerVersion, peer.Version);
    }

    /// <summary>The first flight of a dial shows neither the magic nor a command, and is as long as chance has it.</summary>
    [Fact]
    public async Task Dial_WithoutAnAnswer_SendsAKeyAndGarbage_AndEndsAsUnsupported()
    {
        var lengths = new List<int>();
        for (var i = 0; i < 50; i++)
        {
            var stream = new FakeStream();
            var dial = NewProtocol(TransportPolicy.V2Only).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct).AsTask();
            await stream.Idle;
            lengths.Add(stream.Written.Length);
            Assert.Equal(-1, stream.Written.AsSpan().IndexOf("version"u8));
            stream.End();
            Assert.Equal(ConnectFailureCause.UnsupportedTransport, (await Assert.ThrowsAsync<ConnectFailedException>(() => dial)).Cause);
        }

        Assert.All(lengths, static length => Assert.InRange(length, PacketFormat.KeySize, PacketFormat.KeySize + PacketFormat.MaxGarbage));
        Assert.InRange(lengths.Distinct().Count(), 20, 50);
        Assert.Equal(0, _pool.RentedBytes);
    }

    /// <summary>Any byte from the peer shows that it answers: what ends then is no reason to try v1.</summary>
    [Fact]
    public async Task Dial_ThatEndsAfterAByte_IsAReset()
    {
        var stream = new FakeStream().Feed(1).End();
        var dial = NewProtocol(TransportPolicy.V2Only).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct).AsTask();
        Assert.Equal(ConnectFailureCause.Reset, (await Assert.ThrowsAsync<ConnectFailedException>(() => dial)).Cause);
    }

    /// <summary>Checks a regression: the version message of a node that speaks first was taken for a key, and the handshake waited until its end.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dial_ThePeerBeginsWithV1_EndsAsUnsupported(bool isOfAnotherChain)
    {
        var version = Frames.Handshake();
        if (isOfAnotherChain)
            version[0] ^= 1;
        var stream = new FakeStream().Feed(version);
        var dial = NewProtocol(TransportPolicy.V2Only).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct).AsTask();
        Assert.Equal(ConnectFailureCause.UnsupportedTransport, (await Assert.ThrowsAsync<ConnectFailedException>(() => dial)).Cause);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task Answer_V2Only_ToAPeerOfV1_EndsAsUnsupported_AndSendsNothing()
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        var answer = NewProtocol(TransportPolicy.V2Only).HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct).AsTask();
        Assert.Equal(ConnectFailureCause.UnsupportedTransport, (await Assert.ThrowsAsync<ConnectFailedException>(() => answer)).Cause);
        Assert.Empty(stream.Written);
    }

    /// <summary>Tells apart by 16 bytes, in any pieces: v1, another chain, text, TLS, and everything else as a key.</summary>
    [Theory]
    [InlineData("f9beb4d976657273696f6e0000000000", ProtocolViolation.WrongMagic)] // Mainnet.
    [InlineData("5353482d322e302d4f70656e5353485f392e390d0a", ProtocolViolation.WrongMagic)]
    [InlineData("16030100750100007103030102030405", ProtocolViolation.WrongMagic)]
    public async Task Answer_OtherProtocols_EndWithWrongMagic_AndGetNothing(string bytes, ProtocolViolation violation)
    {
        var stream = new FakeStream().Feed(Convert.FromHexString(bytes));
        var answer = NewProtocol(TransportPolicy.PreferV2).HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct).AsTask();
        var inner = (await Assert.ThrowsAsync<ConnectFailedException>(() => answer)).InnerException;
        Assert.Equal(violation, Assert.IsType<BitcoinProtocolException>(inner).Violation);
        Assert.Empty(stream.Written);
    }

    [Theory]
    [InlineData("fabfb5da76657273696f6e0000000000", 2)] // All of v1 on regtest.
    [InlineData("fabfb5da76657273696f6e00000000", 0)]
    [InlineData("", 0)]
    [InlineData("fabfb5da76657273696f6e0000000001", 1)]
    [InlineData("fabfb5da766572736b", 1)]
    [InlineData("00", 1)]
    [InlineData("f9beb4d976657273696f6e0000000000", 3)]
    [InlineData("f9beb4d976657273696f6e000000000001", 3)]
    public void Detect_FirstBytes(string bytes, int expected) => Assert.Equal(
        expected switch { 0 => FirstTransport.Undecided, 1 => FirstTransport.V2, 2 => FirstTransport.V1, _ => FirstTransport.OtherChain },
        TransportDetector.Detect(Convert.FromHexString(bytes), Frames.Chain.Magic.AsSpan()));

    /// <summary>Where the system lacks the key exchange, v1 is spoken, and only v2 is refused as an option.</summary>
    [Fact]
    public async Task MissingLibrary_SpeaksV1_AndRefusesV2Only()
    {
        var (exchange, obstacle) = KeyExchange.Load(static () => throw new DllNotFoundException("There is no secp256k1."));
        Assert.Null(exchange);
        Assert.Contains("There is no secp256k1.", obstacle, StringComparison.Ordinal);

        var options = new BitcoinPeerOptions { Chain = Frames.Chain, LoadKeyExchange = () => (exchange, obstacle) };
        Assert.Empty(options.GetErrors());
        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await new BitcoinProtocol(options).HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
        Assert.Equal(PeerTransport.V1, peer.Transport);

        options.TransportByNetwork = new Dictionary<AddressNetwork, TransportPolicy> { [AddressNetwork.IPv4] = TransportPolicy.V2Only };
        Assert.Contains("There is no secp256k1.", Assert.Single(options.GetErrors()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9.1.2.3:8333", PeerTransport.V2)]
    [InlineData("[2a01::1]:8333", PeerTransport.V1)]
    [InlineData("127.0.0.1:8333", PeerTransport.V1)]
    [InlineData("node.example:8333", PeerTransport.V2)] // It may lead to IPv4.
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333", PeerTransport.V1)]
    public async Task Dial_ByNetwork_FollowsItsPolicy(string remote, PeerTransport expected)
    {
        var protocol = new BitcoinProtocol(new()
        {
            Chain = Frames.Chain,
            TransportByNetwork = new Dictionary<AddressNetwork, TransportPolicy> { [AddressNetwork.IPv4] = TransportPolicy.V2Only },
        });
        var (dialer, listener) = DuplexStream.Pair();
        var dialed = protocol.HandshakeAsync(dialer, ConnectionDirection.Outbound, Parse(remote), Ct).AsTask();
        var answered = NewProtocol(TransportPolicy.PreferV2).HandshakeAsync(listener, ConnectionDirection.Inbound, null, Ct).AsTask();
        Assert.Equal((expected, expected), ((await dialed).Transport, (await answered).Transport));

        static EndPoint Parse(string remote) => IPEndPoint.TryParse(remote, out var parsed) ? parsed : new DnsEndPoint(remote.Split(':')[0], 8333);
    }

    private static byte[] Contents(MessageCommand command, byte[] payload)
    {
        var prefix = new byte[ShortIds.LongestPrefix];
        return [.. prefix.AsSpan(0, ShortIds.Write(command, prefix)), .. payload];
    }

    private static byte[] Seal(TransportKeys keys, byte[] contents, ReadOnlySpan<byte> garbage = default)
    {
        var packet = new byte[PacketFormat.Overhead + contents.Length];
        contents.CopyTo(packet, PacketFormat.ContentsOffset);
        keys.Sealer.Seal(packet, isDecoy: false, garbage);
        return packet;
    }

    private BitcoinProtocol NewProtocol(TransportPolicy policy, bool sendsDecoys = false) => new(new()
    {
        Chain = Frames.Chain,
        Transport = policy,
        TransportDecoys = sendsDecoys ? 5 : 0,
        TimeProvider = new FakeTimeProvider(),
        BufferPool = _pool,
    });
}
