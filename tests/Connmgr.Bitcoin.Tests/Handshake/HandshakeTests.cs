using System.Net;
using System.Net.Sockets;

namespace Connmgr.Bitcoin.Tests;

public sealed class HandshakeTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<ConnectionDirection> Directions { get; } = new(ConnectionDirection.Outbound, ConnectionDirection.Inbound);

    [Fact]
    public async Task Handshake_OurTwoEnds_LearnOfEachOther()
    {
        var (dialer, listener) = DuplexStream.Pair();
        var alice = new BitcoinProtocol(Options(o => (o.UserAgent, o.StartHeight, o.WtxidRelay) = ("/Alice:1/", () => 7, true)));
        var bob = new BitcoinProtocol(Options(o => (o.UserAgent, o.Services, o.Relay, o.WtxidRelay) = ("/Bob:1/", NodeServices.Network, false, true)));
        var address = new IPEndPoint(IPAddress.Parse("203.0.113.7"), 8333);

        var atAlice = alice.HandshakeAsync(dialer, ConnectionDirection.Outbound, address, Ct).AsTask();
        var atBob = bob.HandshakeAsync(listener, ConnectionDirection.Inbound, null, Ct).AsTask();
        var (bobSeen, aliceSeen) = (await atAlice, await atBob);

        var (bobs, alices) = (bobSeen.Version, aliceSeen.Version);
        Assert.Equal(("/Bob:1/", NodeServices.Network, 0, false), (bobs.UserAgent, bobs.Services, bobs.StartHeight, bobs.Relay));
        Assert.Equal(("/Alice:1/", 7, true), (alices.UserAgent, alices.StartHeight, alices.Relay));
        Assert.Equal(new VersionAddress(NodeServices.None, address.Address, 8333), alices.Receiver);
        Assert.Equal((ConnectionDirection.Outbound, ConnectionDirection.Inbound), (bobSeen.Direction, aliceSeen.Direction));
        Assert.Equal(address, bobSeen.RemoteEndPoint);
        Assert.Null(aliceSeen.RemoteEndPoint); // What the peer claims is never taken for it.
        Assert.All([bobSeen, aliceSeen], peer => Assert.True(peer.WantsAddrV2 && peer.WantsWtxidRelay));
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Handshake_SplitAtEachByte_Succeeds(ConnectionDirection direction)
    {
        var bytes = Frames.Handshake();
        for (var split = 0; split <= bytes.Length; split++)
        {
            var stream = new FakeStream().Feed(bytes.AsSpan(0, split)).Feed(bytes.AsSpan(split));
            var peer = await NewProtocol().HandshakeAsync(stream, direction, null, Ct);
            Assert.Equal(Frames.PeerVersion, peer.Version);
        }
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Handshake_OneByteAtATime_Succeeds(ConnectionDirection direction)
    {
        var stream = new FakeStream();
        foreach (var value in Frames.Handshake())
            stream.Feed(value);

        var peer = await NewProtocol().HandshakeAsync(stream, direction, null, Ct);
        Assert.Equal(Frames.PeerVersion, peer.Version);
    }

    [Fact]
    public async Task Handshake_Inbound_IsSilentUntilTheVersionIsHeard()
    {
        var stream = new FakeStream();
        var pending = NewProtocol().HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct).AsTask();
        await stream.Idle;
        Assert.Empty(stream.Written);
        Assert.Equal(0, _pool.RentedBytes);

        stream.Feed(Frames.Handshake());
        await pending;
        Assert.Equal(["version", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));
    }

    [Fact]
    public async Task Handshake_Outbound_SendsItsVersionAloneFirst()
    {
        var stream = new FakeStream();
        var pending = NewProtocol().HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct).AsTask();
        await stream.Idle;
        Assert.Equal(["version"], await Frames.CommandsAsync(stream.Written));

        stream.Feed(Frames.Of(Frames.PeerVersion));
        await stream.Idle;
        Assert.Equal(["version", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));
        Assert.False(pending.IsCompleted);

        stream.Feed(Frames.Of("verack"));
        await pending;
    }

    [Theory]
    [InlineData(70015, 70016, true, true, "version verack")]
    [InlineData(70016, 70015, true, true, "version verack")]
    [InlineData(70016, 70016, false, true, "version sendaddrv2 verack")]
    [InlineData(70016, 70016, true, false, "version wtxidrelay verack")]
    [InlineData(70017, 70016, true, true, "version wtxidrelay sendaddrv2 verack")]
    [InlineData(70016, 70017, true, true, "version wtxidrelay sendaddrv2 verack")]
    [InlineData(70018, 70017, true, true, "version wtxidrelay sendaddrv2 feature feature verack")]
    public async Task Handshake_NegotiatesOnlyWhatBothKnow(int theirs, int ours, bool wtxid, bool addrV2, string expected)
    {
        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = theirs }));
        var bitcoin = NewProtocol(o => (o.ProtocolVersion, o.WtxidRelay, o.AddrV2, o.Features) = (ours, wtxid, addrV2, [new("BIP434"), new("mine", [1, 2, 3])]));
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
        Assert.Equal(expected, string.Join(' ', await Frames.CommandsAsync(stream.Written)));
        Assert.Equal(Math.Min(theirs, ours), peer.ProtocolVersion);
        Assert.Equal(peer.ProtocolVersion >= 70016, peer.WantsWtxidRelay);
    }

    /// <summary>Checks the segments: as Bitcoin Core does, each message is written by itself.</summary>
    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Handshake_EachMessage_IsAWriteOfItsOwn(ConnectionDirection direction)
    {
        var writes = 0;
        var stream = new FakeStream
        {
            DuringWrite = () =>
            {
                writes++;
                return default;
            },
        };
        stream.Feed(Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = 70017 }));
        await NewProtocol(static o => (o.WtxidRelay, o.Features) = (true, [new("BIP434")])).HandshakeAsync(stream, direction, null, Ct);
        Assert.Equal(["version", "wtxidrelay", "sendaddrv2", "feature", "verack"], await Frames.CommandsAsync(stream.Written));
        Assert.Equal(5, writes);
    }

    /// <summary>
    /// Checks the default, because Bitcoin Core ignores announcements by txid from a peer that sent it, and most programs announce by txid.
    /// </summary>
    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Handshake_DefaultOptions_DoNotSendWtxidRelay(ConnectionDirection direction)
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await NewProtocol().HandshakeAsync(stream, direction, null, Ct);
        Assert.DoesNotContain("wtxidrelay", await Frames.CommandsAsync(stream.Written), StringComparer.Ordinal);
        Assert.True(peer.WantsWtxidRelay);
    }

    [Fact]
    public async Task Handshake_NegotiationsUnknown_ArePassedOver()
    {
        var stream = new FakeStream().Feed(Frames.Of(Frames.PeerVersion)).Feed(Frames.Of("sendtxrcncl", new byte[12]));
        stream.Feed(Frames.Of("verack"));
        var peer = await NewProtocol().HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        Assert.False(peer.WantsAddrV2 || peer.WantsWtxidRelay);
    }

    public static TheoryData<string, ProtocolViolation, byte[]> Violations { get; } = new()
    {
        { "no version", ProtocolViolation.MissingVerack, Repeat(Frames.Nonce("ping", 1), 102) },
        { "no version that can be read", ProtocolViolation.MissingVerack, Repeat(Frames.Of("version"), 102) },
        { "obsolete", ProtocolViolation.ObsoleteVersion, Frames.Of(Frames.PeerVersion with { ProtocolVersion = 60000 }) },
        { "negative version", ProtocolViolation.ObsoleteVersion, Frames.Of(Frames.PeerVersion with { ProtocolVersion = int.MinValue }) },
        { "no verack", ProtocolViolation.MissingVerack, [.. Frames.Of(Frames.PeerVersion), .. Repeat(Frames.Of("hello"), 101)] },
        { "text", ProtocolViolation.WrongMagic, "GET / HTTP/1.1\r\n"u8.ToArray() },
        { "another chain", ProtocolViolation.WrongMagic, [1, 2, 3, 4, .. Frames.Of(Frames.PeerVersion)[4..]] },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Handshake_Violation_IsCauseProtocolWithTheReason(string what, ProtocolViolation expected, byte[] bytes)
    {
        foreach (var direction in Enum.GetValues<ConnectionDirection>())
        {
            var e = await FailAsync(NewProtocol(), new FakeStream().Feed(bytes), direction);
            Assert.Equal((what, ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation), (what, e.Phase, e.Cause));
            Assert.Equal(expected, Assert.IsType<BitcoinProtocolException>(e.InnerException).Violation);
        }

        Assert.Equal(0, _pool.RentedBytes);
    }

    /// <summary>The chain's lowest version counts when it is higher than that of the options, and not otherwise.</summary>
    [Theory]
    [InlineData(70002, 60001, 70001, false)]
    [InlineData(70002, 60001, 70002, true)]
    [InlineData(0, 70012, 70011, false)]
    [InlineData(70002, 70012, 70002, false)]
    [InlineData(70002, 70012, 70012, true)]
    public async Task Handshake_LowestVersions_TheHigherOneCounts(int ofChain, int ofOptions, int ofPeer, bool succeeds)
    {
        var bitcoin = NewProtocol(o => (o.Chain, o.MinProtocolVersion) = (o.Chain! with { MinProtocolVersion = ofChain }, ofOptions));
        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = ofPeer }));
        if (succeeds)
            await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        else
            Assert.Equal(ProtocolViolation.ObsoleteVersion, Assert.IsType<BitcoinProtocolException>((await FailAsync(bitcoin, stream, ConnectionDirection.Outbound)).InnerException).Violation);
    }

    [Fact]
    public async Task Handshake_MissingServices_MatterOutboundOnly()
    {
        var bitcoin = NewProtocol(o => o.RequiredServices = NodeServices.Network | NodeServices.CompactFilters);
        var e = await FailAsync(bitcoin, new FakeStream().Feed(Frames.Handshake()), ConnectionDirection.Outbound);
        Assert.Equal(ProtocolViolation.MissingServices, Assert.IsType<BitcoinProtocolException>(e.InnerException).Violation);

        await bitcoin.HandshakeAsync(new FakeStream().Feed(Frames.Handshake()), ConnectionDirection.Inbound, null, Ct);
    }

    [Fact]
    public async Task Handshake_PeerEndsAtEachByte_IsCauseReset()
    {
        var bytes = Frames.Handshake();
        for (var length = 0; length < bytes.Length; length++)
        {
            var e = await FailAsync(NewProtocol(), new FakeStream().Feed(bytes.AsSpan(0, length)).End(), ConnectionDirection.Outbound);
            Assert.Equal((ConnectPhase.Handshake, ConnectFailureCause.Reset), (e.Phase, e.Cause));
        }

        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task Handshake_StreamBreaks_IsCauseReset()
    {
        var stream = new FakeStream();
        stream.Fail(new IOException("x", new SocketException((int)SocketError.ConnectionReset)));
        Assert.Equal(ConnectFailureCause.Reset, (await FailAsync(NewProtocol(), stream, ConnectionDirection.Outbound)).Cause);
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public async Task Handshake_Canceled_EndsAtOnceAndHoldsNothing(ConnectionDirection direction)
    {
        using var cancel = new CancellationTokenSource();
        var stream = new FakeStream().Feed(0xfa, 0xbf, 0xb5);
        var pending = NewProtocol().HandshakeAsync(stream, direction, null, cancel.Token).AsTask();
        await cancel.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.Equal(cancel.Token, e.CancellationToken);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task Handshake_PeerTakesNothing_EndsWithTheToken()
    {
        using var cancel = new CancellationTokenSource();
        var stream = new FakeStream().StallWritesAfter(0);
        var pending = NewProtocol().HandshakeAsync(stream, ConnectionDirection.Outbound, null, cancel.Token).AsTask();
        await stream.Stalled;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.Equal(0, _pool.RentedBytes);
    }

    [Fact]
    public async Task Handshake_WithOurself_IsCauseSelfConnectionAtBothEnds()
    {
        var bitcoin = NewProtocol();
        var (dialer, listener) = DuplexStream.Pair();
        var outbound = FailAsync(bitcoin, dialer, ConnectionDirection.Outbound);
        var inbound = await FailAsync(bitcoin, listener, ConnectionDirection.Inbound);
        await listener.DisposeAsync();

        Assert.Equal(ConnectFailureCause.SelfConnection, inbound.Cause);
        Assert.Equal(ConnectFailureCause.SelfConnection, (await outbound).Cause);
        Assert.Equal(ProtocolViolation.SelfConnection, Assert.IsType<BitcoinProtocolException>(inbound.InnerException).Violation);
    }

    [Fact]
    public async Task Handshake_NonceOfAnEndedHandshake_IsNoLongerOurs()
    {
        var bitcoin = NewProtocol(o => o.Random = new FixedRandom(5));
        await FailAsync(bitcoin, new FakeStream().End(), ConnectionDirection.Outbound);
        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { Nonce = 5 }));
        await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
    }

    /// <summary>Checks the nonce in both directions, as btcd does: a server that echoes every byte returns our own version.</summary>
    [Fact]
    public async Task Handshake_Outbound_AnEchoOfOurVersion_IsASelfConnection()
    {
        var stream = new FakeStream();
        var pending = FailAsync(NewProtocol(), stream, ConnectionDirection.Outbound);
        await stream.Idle;
        stream.Feed(stream.Written);
        Assert.Equal(ConnectFailureCause.SelfConnection, (await pending).Cause);
    }

    /// <summary>Recognizes one segment of BIP324's key, or the part that has arrived, and nothing else.</summary>
    [Theory]
    [InlineData("aa", true)]
    [InlineData("aa0102030405060708090a0b0c0d0e0f1011121314151617", true)]
    [InlineData("fabfb5aa", true)] // Three bytes of the magic by chance.
    [InlineData("41414141414141414141414141414180", true)] // Text by chance, up to the last byte that is looked at.
    [InlineData("5353482d322e302d4f70656e5353485f392e390d0a", false)] // SSH.
    [InlineData("474554202f20485454502f312e310d0a", false)] // HTTP.
    [InlineData("16030100", false)] // TLS.
    [InlineData("16", false)]
    [InlineData("160309", true)]
    [InlineData("f9beb4d976657273696f6e0000000000", false)] // Mainnet.
    public async Task Handshake_Inbound_OtherFirstBytes_EndAtOnce_AsTheEncryptedTransportOrAsAnother(string bytes, bool isEncrypted)
    {
        var e = await FailAsync(NewProtocol(), new FakeStream().Feed(Convert.FromHexString(bytes)), ConnectionDirection.Inbound);
        Assert.Equal(isEncrypted ? ConnectFailureCause.UnsupportedTransport : ConnectFailureCause.ProtocolViolation, e.Cause);
        Assert.Equal(isEncrypted, e.Message.Contains("BIP324", StringComparison.Ordinal));
        Assert.Equal(0, _pool.RentedBytes);

        e = await FailAsync(NewProtocol(), new FakeStream().Feed(Convert.FromHexString(bytes)), ConnectionDirection.Outbound);
        Assert.Equal(ConnectFailureCause.ProtocolViolation, e.Cause);
    }

    /// <summary>Connects two hosts that forward our bytes to each other.</summary>
    [Fact]
    public async Task Handshake_Outbound_TheVersionOfAnotherDialOfOurs_IsASelfConnection()
    {
        var bitcoin = NewProtocol();
        var (one, other) = (new FakeStream(), new FakeStream());
        var first = FailAsync(bitcoin, one, ConnectionDirection.Outbound);
        var second = FailAsync(bitcoin, other, ConnectionDirection.Outbound);
        await one.Idle;
        await other.Idle;
        one.Feed(other.Written);
        Assert.Equal(ConnectFailureCause.SelfConnection, (await first).Cause);
        other.Feed(Frames.Handshake());
        Assert.Equal(ConnectFailureCause.SelfConnection, (await second).Cause);
    }

    public static TheoryData<string?, string?, bool> Networks { get; } = new()
    {
        { "8.1.2.3:8333", "9.1.2.3:50000", true },
        { "8.1.2.3:8333", "[::ffff:9.1.2.3]:50000", true },
        { "192.168.1.5:8333", "8.1.2.3:50000", true },
        { "[2a01::1]:8333", "[2a02::1]:50000", true },
        { "127.0.0.1:8333", "127.0.0.1:50000", true },
        { null, null, true },
        { "8.1.2.3:8333", "[2a02::1]:50000", false },
        { "[2a01::1]:8333", "9.1.2.3:50000", false },
        { "[fc01::1]:8333", "[2a02::1]:50000", false },
        { "8.1.2.3:8333", "127.0.0.1:50000", false }, // As peers of an onion service come.
        { "8.1.2.3:8333", null, false },
        { "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333", "127.0.0.1:50000", false },
        { "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333", "8.1.2.3:50000", false },
    };

    /// <summary>
    /// Checks that a peer dialled on one network can't find out at a listener on another that both belong to one node. On the same network,
    /// the answer does not differ from that to any other nonce.
    /// </summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Handshake_Inbound_TheNonceOfADial_IsRecognizedWithinItsNetworkAlone(string? dialled, string? remote, bool isRecognized)
    {
        var bitcoin = NewProtocol();
        using var cancel = new CancellationTokenSource();
        var dial = new FakeStream();
        var outbound = bitcoin.HandshakeAsync(dial, ConnectionDirection.Outbound, GetEndPoint(dialled), cancel.Token).AsTask();
        await dial.Idle;
        var nonce = VersionMessage.Decode((await Frames.ReadAllAsync(dial.Written))[0].Payload).Nonce;

        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { Nonce = nonce }));
        var inbound = await Record.ExceptionAsync(async () => await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, GetEndPoint(remote), Ct));

        Assert.Equal(["version", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));
        Assert.Equal(isRecognized ? ConnectFailureCause.SelfConnection : null, (inbound as ConnectFailedException)?.Cause);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outbound);
    }

    private static EndPoint? GetEndPoint(string? text) =>
        text is null ? null : IPEndPoint.TryParse(text, out var ip) ? ip : new DnsEndPoint(text.Split(':')[0], 8333);

    /// <summary>Reads the reason of a close, which btcd sends (BIP61) instead of its version or after it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handshake_ARejectBeforeTheEnd_IsInTheReason(bool hasSentVersion)
    {
        byte[] reject = [7, .. "version"u8, 0x11, 8, .. "obsolete"u8];
        var stream = new FakeStream().Feed([.. hasSentVersion ? Frames.Of(Frames.PeerVersion) : [], .. Frames.Of("reject", reject)]);
        foreach (var (end, words) in new (Action, string)[] { (() => stream.End(), "closed the connection"), (() => stream.FailAtEnd(new IOException("Reset.")), "Reset.") })
        {
            end();
            var e = await FailAsync(NewProtocol(), stream, ConnectionDirection.Outbound);
            Assert.Equal(ConnectFailureCause.Reset, e.Cause);
            Assert.Contains(words, e.Message, StringComparison.Ordinal);
            Assert.EndsWith("Before that it sent reject: version: obsolete (0x11).", e.Message, StringComparison.Ordinal);
            stream = new FakeStream().Feed(Frames.Of("reject", reject));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("07")]
    [InlineData("ffffffffffffffffff")]
    [InlineData("0776657273696f6e11")]
    public async Task Handshake_ARejectThatCannotBeRead_HarmsNothing(string payload)
    {
        var stream = new FakeStream().Feed([.. Frames.Of("reject", Convert.FromHexString(payload)), .. Frames.Handshake()]);
        await NewProtocol().HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
    }

    [Fact]
    public async Task Handshake_UserAgentAndHeightOfAConnection_AreSent()
    {
        var bitcoin = NewProtocol(o => (o.UserAgent, o.GetUserAgent, o.GetStartHeight) = ("/All:1/", _ => "/One:1/", _ => 77));
        Assert.Equal(("/One:1/", 77), await GetSentAsync(bitcoin));
        Assert.Equal(("/All:1/", 5), await GetSentAsync(NewProtocol(o =>
            (o.UserAgent, o.StartHeight, o.GetUserAgent, o.GetStartHeight) = ("/All:1/", () => 5, _ => null, _ => null))));

        static async Task<(string, int)> GetSentAsync(BitcoinProtocol bitcoin)
        {
            var stream = new FakeStream().Feed(Frames.Handshake());
            await bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
            var sent = VersionMessage.Decode((await Frames.ReadAllAsync(stream.Written))[0].Payload);
            return (sent.UserAgent, sent.StartHeight);
        }
    }

    [Fact]
    public async Task Handshake_UserAgentOfAConnectionThatIsNotAllowed_Fails()
    {
        var bitcoin = NewProtocol(o => o.GetUserAgent = _ => "a\n");
        var stream = new FakeStream().Feed(Frames.Handshake());
        await Assert.ThrowsAsync<InvalidOperationException>(() => bitcoin.HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct).AsTask());
        Assert.Empty(stream.Written);
    }

    private static byte[] Repeat(byte[] frame, int times) => [.. Enumerable.Repeat(frame, times).SelectMany(f => f)];

    private static async Task<ConnectFailedException> FailAsync(BitcoinProtocol bitcoin, Stream stream, ConnectionDirection direction) =>
        await Assert.ThrowsAsync<ConnectFailedException>(() => bitcoin.HandshakeAsync(stream, direction, null, Ct).AsTask());

    private BitcoinProtocol NewProtocol(Action<BitcoinPeerOptions>? change = null) => new(Options(change));

    private BitcoinPeerOptions Options(Action<BitcoinPeerOptions>? change = null)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain, BufferPool = _pool, Transport = TransportPolicy.V1Only };
        change?.Invoke(options);
        return options;
    }
}
