using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>Each row of docs/reference/odd-messages.md, as bytes on a connection.</summary>
public sealed class LeniencyTests
{
    private const ulong Marker = 0x4242_4242_4242_4242;
    private const ulong OwnNonce = 0x0f0f_1234_5678_0f0f;

    private static readonly byte[] V1Entry = [0, 0, 0, 0x60, 1, 0, 0, 0, 0, 0, 0, 0, .. new byte[10], 0xff, 0xff, 1, 2, 3, 4, 0x20, 0x8d];
    private static readonly byte[] V2Entry = [0, 0, 0, 0x60, 1, 1, 4, 1, 2, 3, 4, 0x20, 0x8d];

    /// <summary>The bytes of each row of the table: sent instead of a handshake, within it, or after it.</summary>
    private static readonly Dictionary<string, byte[]> Cases = new(StringComparer.Ordinal)
    {
        ["first: other bytes than the chain's magic"] = "SSH-2.0-OpenSSH_9.9\r\n\r\n\r\n"u8.ToArray(),
        ["first: the encrypted transport (BIP324), inbound"] = [0xaa, .. new Random(1).GetItems(Enumerable.Range(0, 256).Select(value => (byte)value).ToArray(), 63)],
        ["first: a message that claims more than 4,000,000 bytes"] = Edited("hello", 16, 0x01, 0x09, 0x3d, 0x00),
        ["first: a message with a wrong checksum"] = [.. Edited("version", 20, 1, 2, 3, 4), .. Frames.Handshake()],
        ["first: a command with bytes after its NUL"] = [.. Edited("hello", 4 + 11, (byte)'x'), .. Frames.Handshake()],
        ["first: a command of bytes that are not printable"] = [.. Edited("hello", 4, 0x80), .. Frames.Handshake()],
        ["first: an empty command"] = [.. Edited("hello", 4, 0, 0, 0, 0, 0), .. Frames.Handshake()],
        ["first: another message than version"] = [.. Frames.Nonce("ping", 1), .. Frames.Of("inv", new byte[37]), .. Frames.Handshake()],
        ["first: verack"] = [.. Frames.Of("verack"), .. Frames.Handshake()],
        ["first: an empty version"] = [.. Frames.Of("version"), .. Frames.Handshake()],
        ["first: a version that ends within its first address"] =
            [.. Frames.Of("version", Frames.PeerVersion.Encode().AsSpan(0, 45)), .. Frames.Handshake()],
        ["first: a version whose user agent has 257 bytes"] =
            [.. Frames.Of("version", [.. Frames.PeerVersion.Encode()[..80], 0xfd, 1, 1, .. new byte[257 + 5]]), .. Frames.Handshake()],
        ["first: a version without relay, height and user agent"] = Handshake(Frames.PeerVersion.Encode()[..80]),
        ["first: a version with bytes after its last field"] = Handshake([.. Frames.PeerVersion.Encode(), 1, 2, 3]),
        ["first: a version with an old protocol version"] = Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = 60000 }),
        ["first: a version without the required services"] = Frames.Handshake(Frames.PeerVersion with { Services = NodeServices.None }),
        ["first: a version with a nonce of this node"] = Frames.Handshake(Frames.PeerVersion with { Nonce = OwnNonce }),
        ["before verack: a second version"] = [.. Frames.Of(Frames.PeerVersion), .. Frames.Handshake()],
        ["before verack: wtxidrelay and sendaddrv2 twice"] =
            [.. Frames.Of(Frames.PeerVersion), .. Frames.Of("wtxidrelay"), .. Frames.Of("sendaddrv2"), .. Frames.Handshake()[Frames.Of(Frames.PeerVersion).Length..]],
        ["before verack: messages that are not known"] = [.. Frames.Of(Frames.PeerVersion), .. Repeat(Frames.Of("sendtxrcncl", 1), 100), .. Frames.Of("verack")],
        ["before verack: more than 100 other messages"] = [.. Frames.Of(Frames.PeerVersion), .. Repeat(Frames.Nonce("ping", 1), 101), .. Frames.Of("verack")],
        ["before verack: a wrong checksum"] = [.. Frames.Of(Frames.PeerVersion), .. Edited("verack", 20, 0), .. Frames.Of("verack")],
        ["before verack: a feature that is not known"] = Featured(70017, new PeerFeature("unknown", [1]).Encode()),
        ["before verack: a feature whose id has 3 characters"] = Featured(70017, [3, 97, 98, 99, 0]),
        ["before verack: a feature from a peer below version 70017"] = Featured(70016, [3, 97, 98, 99, 0]),
        ["later: a second version"] = Frames.Of(Frames.PeerVersion),
        ["later: a second verack"] = [.. Frames.Of("verack"), .. Frames.Of("verack", 1, 2)],
        ["later: sendaddrv2"] = Frames.Of("sendaddrv2"),
        ["later: wtxidrelay"] = Frames.Of("wtxidrelay"),
        ["later: a feature"] = Frames.Of("feature", 1, 2, 3),
        ["later: a ping of less than 8 bytes"] = [.. Frames.Of("ping"), .. Frames.Of("ping", new byte[7])],
        ["later: a ping of more than 8 bytes"] = Frames.Of("ping", new byte[100]),
        ["later: a pong of less than 8 bytes"] = [.. Frames.Of("pong"), .. Frames.Of("pong", new byte[7])],
        ["later: a pong of more than 8 bytes"] = Frames.Of("pong", new byte[100]),
        ["later: a pong to no ping"] = Frames.Nonce("pong", 77),
        ["later: an addr that is cut off"] = Frames.Of("addr", [1, .. V1Entry[..^1]]),
        ["later: an addr whose count is in a longer form than it needs"] = Frames.Of("addr", [0xfd, 1, 0, .. V1Entry]),
        ["later: an addr with bytes after its last entry"] = Frames.Of("addr", [1, .. V1Entry, 9]),
        ["later: an addr of 1,001 entries"] = Frames.Of("addr", [0xfd, 0xe9, 0x03, .. Repeat(V1Entry, 1001)]),
        ["later: an addr that claims 1,001 entries and is cut off"] = Frames.Of("addr", [0xfd, 0xe9, 0x03, .. Repeat(V1Entry, 1000)]),
        ["later: an addrv2 of 1,001 entries"] = Frames.Of("addrv2", [0xfd, 0xe9, 0x03, .. Repeat(V2Entry, 1001)]),
        ["later: an addrv2 with an address of a wrong length"] = Frames.Of("addrv2", [1, .. V2Entry[..6], 5, 1, 2, 3, 4, 5, 0x20, 0x8d]),
        ["later: an addrv2 with an address of 513 bytes"] = Frames.Of("addrv2", [1, .. V2Entry[..5], 99, 0xfd, 1, 2, .. new byte[513], 0x20, 0x8d]),
        ["later: an addrv2 with an address of an unknown network"] = Frames.Of("addrv2", [2, .. V2Entry, .. V2Entry[..5], 99, 1, 1, 0x20, 0x8d]),
        ["later: an inv of 50,001 entries"] = Frames.Of("inv", [0xfd, 0x51, 0xc3, .. new byte[50_001 * 36]]),
        ["later: an inv that claims 50,001 entries and is cut off"] = Frames.Of("inv", [0xfd, 0x51, 0xc3, .. new byte[50_000 * 36]]),
        ["later: a getdata of 50,001 entries"] = Frames.Of("getdata", [0xfd, 0x51, 0xc3, .. new byte[50_001 * 36]]),
        ["later: headers that claim 2,001 entries"] = Frames.Of("headers", 0xfd, 0xd1, 0x07),
        ["later: headers that claim 2,001 entries in a longer form than that needs"] = Frames.Of("headers", 0xfe, 0xd1, 0x07, 0, 0),
        ["later: a getheaders with a locator of 102 entries"] = Frames.Of("getheaders", [0, 0, 0, 0, 102, .. new byte[103 * 32]]),
        ["later: a getaddr from a peer that we dialled"] = Frames.Of("getaddr"),
        ["later: a second getaddr"] = [.. Frames.Of("getaddr"), .. Frames.Of("getaddr")],
        ["later: a message that is not known"] = Frames.Of("x", new byte[10]),
        ["later: a message with a wrong checksum"] = Edited("inv", 20, 1, 2, 3, 4),
        ["later: a command with bytes after its NUL"] = Edited("inv", 4 + 5, (byte)'x'),
        ["later: other bytes than the chain's magic"] = new byte[24],
        ["later: a message that claims more than 4,000,000 bytes"] = Edited("inv", 16, 0, 0, 0, 0x80),
        ["later: the end of the stream within a message"] = Frames.Of("inv", 1, 2, 3)[..^1],
    };

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _handed = [];

    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (name, response) in Table())
                rows.Add(name, response);
            return rows;
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Table_HasEachCaseOnce() =>
        Assert.Equal(Cases.Keys.Order(StringComparer.Ordinal), Table().Select(row => row.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Peer_SendsWhatTheRowSays_GetsItsResponse(string name, string response)
    {
        foreach (var direction in Enum.GetValues<ConnectionDirection>())
        {
            if (direction == DirectionWithoutTheCase(name))
                continue;

            _handed.Clear();
            var (end, peer, answeredMarker) = await RunAsync(name, direction);
            var found = end is BitcoinProtocolException violation ? MisbehaviorPolicy.GetResponse(violation.Violation).ToString()
                : end is ConnectFailedException { Cause: ConnectFailureCause.UnsupportedTransport } ? "Close"
                : end is not null ? end.ToString()
                : peer!.MessagesIgnored > 0 ? "Ignore"
                : "Accept";

            // What other messages are for is not theirs to break: they are let pass, and not counted.
            var expected = response is "ignore" && name is "before verack: messages that are not known"
                or "later: a getaddr from a peer that we dialled" or "later: a second getaddr" ? "accept" : response;
            Assert.Equal(expected, found, ignoreCase: true);
            Assert.Equal(response is "ignore" or "accept", answeredMarker);
        }
    }

    [Fact]
    public void ResponseTo_AllButThose_Closes_AndOnlyDiscouragingScores()
    {
        Assert.All(Enum.GetValues<ProtocolViolation>(), violation => Assert.Equal(
            MisbehaviorPolicy.GetResponse(violation) == ViolationResponse.Discourage, MisbehaviorPolicy.GetMisbehavior(violation) is not null));
        Assert.Equal(
            [ProtocolViolation.TooManyAddresses, ProtocolViolation.TooManyEntries],
            Enum.GetValues<ProtocolViolation>().Where(violation => MisbehaviorPolicy.GetResponse(violation) == ViolationResponse.Discourage));
        var scores = new HostScores();
        Assert.Equal(MisbehaviorAction.Discourage, new PeerReputation().ReportMisbehavior(
            System.Net.IPEndPoint.Parse("8.1.2.3:1"), MisbehaviorPolicy.GetMisbehavior(ProtocolViolation.TooManyAddresses)!.Value).Action);
    }

    private static ConnectionDirection? DirectionWithoutTheCase(string name) => name switch
    {
        "first: the encrypted transport (BIP324), inbound" => ConnectionDirection.Outbound,
        "first: a version without the required services" or "later: a getaddr from a peer that we dialled" => ConnectionDirection.Inbound,
        "later: a second getaddr" => ConnectionDirection.Outbound,
        _ => null,
    };

    private async Task<(Exception? End, BitcoinPeer? Peer, bool AnsweredMarker)> RunAsync(string name, ConnectionDirection direction)
    {
        var bytes = Cases[name];
        var isLater = name.StartsWith("later", StringComparison.Ordinal);
        var marker = name is "later: the end of the stream within a message" ? [] : Frames.Nonce("ping", Marker);
        var stream = new FakeStream();
        if (isLater)
            stream.Feed(Frames.Handshake());
        stream.Feed([.. bytes, .. marker]).End();

        var bitcoin = NewProtocol(direction);
        using var own = new CancellationTokenSource();
        var ownDial = bitcoin.HandshakeAsync(new FakeStream(), ConnectionDirection.Outbound, null, own.Token).AsTask(); // Has the nonce.
        BitcoinPeer? peer = null;
        Exception? end = null;
        try
        {
            peer = await bitcoin.HandshakeAsync(stream, direction, null, Ct);
            var gossip = new AddressGossip(new() { Book = new(new() { TimeProvider = _time }), TimeProvider = _time });
            await using var session = gossip.Attach(peer);
            var run = peer.RunAsync((_, message, token) => HandleAsync(session, message, token), Ct);
            for (var turns = 0; !run.IsCompleted; turns++)
            {
                Assert.True(turns < 1_000_000, "It never ends.");
                await Task.Yield();
                _time.Advance(TimeSpan.FromMilliseconds(1));
            }

            await run;
        }
        catch (ConnectFailedException exception)
        {
            end = exception.InnerException ?? exception;
        }
        catch (IOException exception)
        {
            end = exception;
        }

        await own.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ownDial);
        var pongs = (await Frames.ReadAllAsync(stream.Written)).Where(message => message.Command is "pong");
        return (end, peer, pongs.Any(pong => BinaryPrimitives.ReadUInt64LittleEndian(pong.Payload) == Marker));
    }

    private async ValueTask HandleAsync(GossipSession session, BitcoinMessage message, CancellationToken cancellationToken)
    {
        if (!await session.HandleAsync(message, cancellationToken))
            _handed.Add(message.Command.ToString());
    }

    private async Task<(BitcoinPeer Peer, FakeStream Stream, AddressGossip Gossip)> ConnectAsync(ConnectionDirection direction)
    {
        var stream = new FakeStream().Feed(Frames.Handshake());
        var peer = await NewProtocol(direction).HandshakeAsync(stream, direction, null, Ct);
        return (peer, stream, new AddressGossip(new() { Book = new(new() { TimeProvider = _time }), TimeProvider = _time }));
    }

    private BitcoinProtocol NewProtocol(ConnectionDirection direction) => new(new()
    {
        Chain = Frames.Chain,
        Transport = TransportPolicy.V1Only,
        TimeProvider = _time,
        Random = new FixedRandom(OwnNonce),
        RequiredServices = direction == ConnectionDirection.Outbound ? NodeServices.Network : NodeServices.None,
    });

    private static byte[] Handshake(byte[] version) => [.. Frames.Of("version", version), .. Frames.Of("verack")];

    private static byte[] Repeat(byte[] bytes, int count) => [.. Enumerable.Repeat(bytes, count).SelectMany(each => each)];

    private static byte[] Featured(int version, byte[] feature) =>
        [.. Frames.Of(Frames.PeerVersion with { ProtocolVersion = version }), .. Frames.Of("feature", feature), .. Frames.Of("verack")];

    private static byte[] Edited(string command, int offset, params byte[] bytes)
    {
        var frame = Frames.Of(command);
        bytes.CopyTo(frame, offset);
        return frame;
    }

    private static IEnumerable<(string Name, string Response)> Table() =>
        from line in File.ReadLines(Path.Combine(RepositoryRoot(), "docs/reference/odd-messages.md"))
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells is ["", "first" or "before verack" or "later", _, _, _, ""]
        select ($"{cells[1]}: {cells[2]}", cells[3]);

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Connmgr.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("Connmgr.slnx was not found above the tests.");
        return directory.FullName;
    }
}
