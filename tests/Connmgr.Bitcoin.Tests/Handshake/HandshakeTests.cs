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
        var alice = new BitcoinProtocol(Options(o => (o.UserAgent, o.StartHeight) = ("/Alice:1/", () => 7)));
        var bob = new BitcoinProtocol(Options(o => (o.UserAgent, o.Services, o.Relay) = ("/Bob:1/", NodeServices.Network, false)));
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
        Assert.Equal(["version", "wtxidrelay", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));
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
        Assert.Equal(["version", "wtxidrelay", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));
        Assert.False(pending.IsCompleted);

        stream.Feed(Frames.Of("verack"));
        await pending;
    }

    [Theory]
    [InlineData(70015, 70016, true, true, "version verack")]
    [InlineData(70016, 70015, true, true, "version verack")]
    [InlineData(70016, 70016, false, true, "version sendaddrv2 verack")]
    [InlineData(70016, 70016, true, false, "version wtxidrelay verack")]
    public async Task Handshake_NegotiatesOnlyWhatBothKnow(int theirs, int ours, bool wtxid, bool addrV2, string expected)
    {
        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = theirs }));
        var bitcoin = NewProtocol(o => (o.ProtocolVersion, o.WtxidRelay, o.AddrV2) = (ours, wtxid, addrV2));
        var peer = await bitcoin.HandshakeAsync(stream, ConnectionDirection.Inbound, null, Ct);
        Assert.Equal(expected, string.Join(' ', await Frames.CommandsAsync(stream.Written)));
        Assert.Equal(Math.Min(theirs, ours), peer.ProtocolVersion);
        Assert.Equal(peer.ProtocolVersion >= 70016, peer.WantsWtxidRelay);
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
        { "another message first", ProtocolViolation.MessageBeforeVersion, Frames.Nonce("ping", 1) },
        { "verack first", ProtocolViolation.MessageBeforeVersion, Frames.Of("verack") },
        { "empty version", ProtocolViolation.BadVersionMessage, Frames.Of("version") },
        { "obsolete", ProtocolViolation.ObsoleteVersion, Frames.Of(Frames.PeerVersion with { ProtocolVersion = 60000 }) },
        { "negative version", ProtocolViolation.ObsoleteVersion, Frames.Of(Frames.PeerVersion with { ProtocolVersion = int.MinValue }) },
        { "second version", ProtocolViolation.DuplicateVersion, [.. Frames.Of(Frames.PeerVersion), .. Frames.Of(Frames.PeerVersion)] },
        { "no verack", ProtocolViolation.MissingVerack, [.. Frames.Of(Frames.PeerVersion), .. Repeat(Frames.Of("hello"), 32)] },
        { "encrypted transport", ProtocolViolation.WrongMagic, [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))] },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Handshake_Violation_IsCauseProtocolWithTheReason(string what, ProtocolViolation expected, byte[] bytes)
    {
        foreach (var direction in Enum.GetValues<ConnectionDirection>())
        {
            var e = await FailAsync(NewProtocol(), new FakeStream().Feed(bytes), direction);
            Assert.Equal((what, ConnectPhase.Handshake, ConnectFailureCause.Protocol), (what, e.Phase, e.Cause));
            Assert.Equal(expected, Assert.IsType<BitcoinProtocolException>(e.InnerException).Violation);
        }

        Assert.Equal(0, _pool.RentedBytes);
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
        var stream = new FakeStream().Feed(1, 2, 3);
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

    private static byte[] Repeat(byte[] frame, int times) => [.. Enumerable.Repeat(frame, times).SelectMany(f => f)];

    private static async Task<ConnectFailedException> FailAsync(BitcoinProtocol bitcoin, Stream stream, ConnectionDirection direction) =>
        await Assert.ThrowsAsync<ConnectFailedException>(() => bitcoin.HandshakeAsync(stream, direction, null, Ct).AsTask());

    private BitcoinProtocol NewProtocol(Action<BitcoinPeerOptions>? change = null) => new(Options(change));

    private BitcoinPeerOptions Options(Action<BitcoinPeerOptions>? change = null)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain, BufferPool = _pool };
        change?.Invoke(options);
        return options;
    }
}
