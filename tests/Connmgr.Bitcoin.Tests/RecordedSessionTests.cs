using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The codec against bytes of a real bitcoind (the files in Data say which).</summary>
public sealed class RecordedSessionTests
{
    private const NodeServices BitcoindServices = (NodeServices)0x10000c0d; // With bit 28, which is Knots's own.

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("bitcoind-answers.hex", "version wtxidrelay sendaddrv2 verack sendcmpct ping feefilter pong")]
    [InlineData("bitcoind-dials.hex", "version wtxidrelay sendaddrv2 verack getaddr sendcmpct ping feefilter pong")]
    public async Task Reader_BytesOfBitcoind_GiveItsMessages(string file, string commands) =>
        Assert.Equal(commands, string.Join(' ', await Frames.CommandsAsync(Recording.Load(file).FromBitcoind)));

    [Theory]
    [InlineData("bitcoind-answers.hex", 0x6b04071b, 0x2c7e6f05ad4955b0)]
    [InlineData("bitcoind-dials.hex", 0x6b04071c, 0x8f84590a8feb0d9e)]
    public async Task VersionMessage_OfBitcoind_DecodesAndEncodesToTheSameBytes(string file, long timestamp, ulong nonce)
    {
        var (_, payload) = (await Frames.ReadAllAsync(Recording.Load(file).FromBitcoind))[0];
        var expected = new VersionMessage
        {
            ProtocolVersion = 70016,
            Services = BitcoindServices,
            Timestamp = timestamp,
            Receiver = new(NodeServices.None, IPAddress.IPv6Any, 0),
            Sender = new(BitcoindServices, IPAddress.IPv6Any, 0),
            Nonce = nonce,
            UserAgent = "/Satoshi:29.4.3/Knots:20260508/",
            StartHeight = 0,
            Relay = true,
        };

        Assert.Equal(expected, VersionMessage.Decode(payload));
        Assert.Equal(Convert.ToHexStringLower(payload), Convert.ToHexStringLower(expected.Encode()));
    }

    [Theory]
    [InlineData("bitcoind-answers.hex")]
    [InlineData("bitcoind-dials.hex")]
    public async Task Writer_MessagesOfBitcoind_GivesTheSameBytes(string file)
    {
        var bytes = Recording.Load(file).FromBitcoind;
        var stream = new FakeStream();
        var writer = new FrameWriter(stream, ChainParameters.Regtest);
        foreach (var (command, payload) in await Frames.ReadAllAsync(bytes))
            await writer.WriteAsync(new(command), payload, Ct);

        Assert.Equal(Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(stream.Written));
    }

    /// <summary>Sends the same bytes in the same order as the recorder, given its fields. Bitcoind accepted them.</summary>
    [Theory]
    [InlineData("bitcoind-answers.hex", ConnectionDirection.Outbound, 0x1122334455667788)]
    [InlineData("bitcoind-dials.hex", ConnectionDirection.Inbound, 0x99aabbccddeeff00)]
    public async Task Handshake_WithBitcoindsBytes_SendsWhatBitcoindAccepted(string file, ConnectionDirection direction, ulong nonce)
    {
        var recording = Recording.Load(file);
        var stream = new FakeStream().Feed(recording.FromBitcoind).End();
        var bitcoin = new BitcoinProtocol(new()
        {
            Chain = ChainParameters.Regtest,
            UserAgent = "/recorder:1.0/",
            ProtocolVersion = 70016,
            WtxidRelay = true,
            TimeProvider = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)),
            Random = new FixedRandom(nonce),
            RequiredServices = NodeServices.Network | NodeServices.Witness,
        });

        var peer = await bitcoin.HandshakeAsync(stream, direction, remoteEndPoint: null, Ct);

        Assert.Equal("/Satoshi:29.4.3/Knots:20260508/", peer.Version.UserAgent);
        Assert.Equal(70016, peer.ProtocolVersion);
        Assert.True(peer.WantsAddrV2);
        Assert.True(peer.WantsWtxidRelay);
        var sent = Convert.ToHexStringLower(stream.Written);
        Assert.Equal(Convert.ToHexStringLower(recording.ToBitcoind)[..sent.Length], sent);
        Assert.Equal(["version", "wtxidrelay", "sendaddrv2", "verack"], await Frames.CommandsAsync(stream.Written));

        var handed = new List<string>();
        await peer.RunAsync(
            (_, message, _) =>
            {
                handed.Add(message.Command.ToString());
                return default;
            },
            Ct);
        handed.Remove("getaddr"); // Sent when bitcoind dialled.
        Assert.Equal(["sendcmpct", "feefilter", "pong"], handed); // The pong answers a ping of the recorder's.
    }
}
