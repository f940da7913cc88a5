using Connmgr.Bitcoin;
using CsCheck;
using NBitcoin;
using NBitcoin.DataEncoders;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin.Tests;

/// <summary>Payloads of NBitcoin, written, read, and damaged.</summary>
public class PayloadTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, Payload> Samples = CreateSamples().ToDictionary(static payload => payload.Command, StringComparer.Ordinal);

    public static TheoryData<string> Commands => [.. Samples.Keys];

    /// <summary>As NBitcoin's Node writes them, byte for byte, and read back from a buffer that is then reused.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void ToMessage_AndBack_IsWhatNBitcoinsNodeSends(string command)
    {
        var payload = Samples[command];
        var message = payload.ToMessage();
        Assert.Equal(command, message.Command.ToString());
        Assert.Equal(NodeBytes(payload), Convert.ToHexStringLower(message.Payload.Span));

        var buffer = message.Payload.ToArray();
        var read = new BitcoinMessage(message.Command, buffer).ReadPayload(Network.Main);
        Array.Fill(buffer, (byte)0xaa);

        Assert.Equal(payload.GetType(), read.GetType());
        Assert.Equal(Convert.ToHexStringLower(message.Payload.Span), Convert.ToHexStringLower(read.ToMessage().Payload.Span));
    }

    [Fact]
    public void ReadPayload_FromTheMiddleOfABuffer_ReadsThatAlone()
    {
        var message = Samples["tx"].ToMessage();
        byte[] buffer = [1, 2, 3, .. message.Payload.Span, 4, 5];
        var read = (TxPayload)new BitcoinMessage(message.Command, buffer.AsMemory(3, message.Payload.Length)).ReadPayload(Network.Main);
        Assert.Equal(((TxPayload)Samples["tx"]).Object.GetWitHash(), read.Object.GetWitHash());
    }

    [Fact]
    public void TryReadPayload_OfAnUnknownCommand_IsAnUnknownPayload()
    {
        var message = new BitcoinMessage(new MessageCommand("sendtxrcncl"), new byte[] { 1, 2, 3 });
        Assert.True(message.TryReadPayload(Network.Main, out var payload));
        Assert.Equal([1, 2, 3], Assert.IsType<UnknownPayload>(payload).Data);
        Assert.Equal("sendtxrcncl", payload.Command);
    }

    [Fact]
    public void TryReadPayload_OfAChainsOwnTypes_HasThem()
    {
        Assert.True(new OddPayload { Number = 9 }.ToMessage(TestNetworks.Odd).TryReadPayload(TestNetworks.Odd, out var payload));
        Assert.Equal(9u, Assert.IsType<OddPayload>(payload).Number);
        Assert.True(Samples["tx"].ToMessage().TryReadPayload(TestNetworks.Odd, out var transaction));
        Assert.IsType<OddTransaction>(((TxPayload)transaction).Object);
    }

    [Fact]
    public void TryReadPayload_OfACutPayload_IsFalse()
    {
        var message = Samples["block"].ToMessage();
        var cut = new BitcoinMessage(message.Command, message.Payload[..^1]);
        Assert.False(cut.TryReadPayload(Network.Main, out _));
        var thrown = Assert.Throws<BitcoinProtocolException>(() => cut.ReadPayload(Network.Main));
        Assert.Equal(ProtocolViolation.BadPayload, thrown.Violation);
    }

    /// <summary>A claim of four million elements in a message of a few bytes must not take memory for them.</summary>
    [Fact]
    public void ReadPayload_DamagedAtRandom_ThrowsBadPayload_AndTakesLittleMemory()
    {
        var output = TestContext.Current.TestOutputHelper!;
        byte[][] seeds = [.. Samples.Select(static sample => (byte[])[.. CommandBytes(sample.Key), .. sample.Value.ToMessage().Payload.Span])];
        Mutations.Run(
            seeds,
            static input => MessageCommand.TryRead(input.Length < MessageCommand.Size ? new byte[MessageCommand.Size] : input, out var command)
                && new BitcoinMessage(command, input.AsMemory(MessageCommand.Size)).ReadPayload(Network.Main) is not null,
            static exception => exception is BitcoinProtocolException { Violation: ProtocolViolation.BadPayload },
            output.WriteLine);
    }

    [Fact]
    public void ReadPayload_OfAnyBytes_ThrowsNothingButBadPayload() =>
        Gen.Select(Gen.Int[0, Samples.Count - 1], Gen.Byte.Array[0, 200]).Sample(
            static (index, bytes) =>
            {
                _ = new BitcoinMessage(new MessageCommand(Samples.Keys.ElementAt(index)), bytes).TryReadPayload(Network.Main, out _);
            },
            iter: Effort.Of(5000));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_OfATransaction_HasItsWitnessesForAPeerThatOffersThem(bool offers)
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), Services.Network | (offers ? Services.Witness : Services.None));
        var transaction = ((TxPayload)Samples["tx"]).Object;
        Assert.True(transaction.HasWitness);

        await pair.Local.SendAsync(new TxPayload(transaction), Cancellation);

        var received = new BitcoinMessage(new("tx"), await pair.ReceiveAsync("tx")).ReadPayload(Network.Main);
        Assert.Equal(offers, ((TxPayload)received).Object.HasWitness);
        Assert.Equal(transaction.GetHash(), ((TxPayload)received).Object.GetHash());
    }

    [Fact]
    public async Task TryPost_QueuesThePayload_UntilThePeerHasEnded()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters());
        pair.Run();
        Assert.True(pair.Local.TryPost(new PingPayload { Nonce = 1 }));
        Assert.True(pair.Local.TryPost(Samples["tx"]));
        var received = new BitcoinMessage(new("tx"), await pair.ReceiveAsync("tx")).ReadPayload(Network.Main);
        Assert.Equal(((TxPayload)Samples["tx"]).Object.GetWitHash(), ((TxPayload)received).Object.GetWitHash());

        pair.CloseRemote();
        await pair.LocalRunEnds;
        Assert.False(pair.Local.TryPost(Samples["tx"]));
    }

    [Fact]
    public async Task SendAsync_OfGetHeaders_HasTheVersionOfTheConnection()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters());
        await pair.Local.SendAsync(new GetHeadersPayload { Version = 1 }, Cancellation);
        var received = (GetHeadersPayload)new BitcoinMessage(new("getheaders"), await pair.ReceiveAsync("getheaders")).ReadPayload(Network.Main);
        Assert.Equal((uint)pair.Local.ProtocolVersion, received.Version);
    }

    [Fact]
    public async Task SendAsync_OfAPayloadWithoutCommand_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters());
        await Assert.ThrowsAsync<ArgumentException>(() => pair.Local.SendAsync(new UnknownPayload(), Cancellation).AsTask());
    }

    private static byte[] CommandBytes(string name)
    {
        var bytes = new byte[MessageCommand.Size];
        new MessageCommand(name).Write(bytes);
        return bytes;
    }

    /// <summary>Writes a payload as the thread of NBitcoin's Node does.</summary>
    private static string NodeBytes(Payload payload)
    {
        var stream = new MemoryStream();
        new Message { Magic = Network.Main.Magic, Payload = payload }.ReadWrite(new BitcoinStream(stream, serializing: true)
        {
            ProtocolVersion = Network.Main.MaxP2PVersion,
            TransactionOptions = TransactionOptions.Witness,
            ConsensusFactory = Network.Main.Consensus.ConsensusFactory,
        });
        return Encoders.Hex.EncodeData(stream.ToArray(), FrameHeader.Size, (int)stream.Length - FrameHeader.Size);
    }

    private static IEnumerable<Payload> CreateSamples()
    {
        var random = new Random(13);
        uint256 Hash()
        {
            var bytes = new byte[32];
            random.NextBytes(bytes);
            return new(bytes);
        }

        var transaction = Network.Main.CreateTransaction();
        for (var i = 0; i < 3; i++)
        {
            transaction.Inputs.Add(new OutPoint(Hash(), i), new Script("OP_1"), new WitScript(Op.GetPushOp([1, 2, 3]), Op.GetPushOp(new byte[70])));
            transaction.Outputs.Add(Money.Coins(i), new Script("OP_2 OP_3"));
        }

        var block = Network.Main.Consensus.ConsensusFactory.CreateBlock();
        block.AddTransaction(Network.Main.GetGenesis().Transactions[0]);
        block.AddTransaction(transaction);
        block.UpdateMerkleRoot();
        var headers = new HeadersPayload(block.Header, Network.Main.GetGenesis().Header);
        var addresses = new[] { "1.2.3.4:8333", "[2001:db8::1]:8334" }.Select(static text => NetworkEndPoint.Parse(text).ToNBitcoinAddress()).ToArray();
        var onion = NetworkEndPoint.Parse("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333").ToNBitcoinAddress();
        var inventory = new[] { Inventory.MSG_TX, Inventory.MSG_WTX, Inventory.MSG_WITNESS_BLOCK }.Select(type => new InventoryVector(type, Hash())).ToArray();
        var locator = new BlockLocator { Blocks = { Hash(), Hash() } };
        var blockTransactions = new BlockTxnPayload { BlockId = Hash() };
        blockTransactions.Transactions.Add(transaction);
        var compactBlock = new CmpctBlockPayload(block);
        return
        [
            new TxPayload(transaction),
            new BlockPayload(block),
            headers,
            compactBlock,
            blockTransactions,
            new GetBlockTxnPayload { BlockId = Hash() }, // Without indexes: NBitcoin writes them in another form than it reads.
            new InvPayload(inventory),
            new GetDataPayload(inventory),
            new NotFoundPayload(inventory),
            new GetHeadersPayload(locator),
            new GetBlocksPayload(locator),
            new AddrPayload(addresses),
            new AddrV2Payload([.. addresses, onion]),
            new CompactFilterPayload(FilterType.Basic, Hash(), [1, 2, 3, 4]),
            new CompactFilterHeadersPayload { PreviousFilterHeader = Hash(), FilterHeaders = [Hash(), Hash()], StopHash = Hash() },
            new CompactFilterCheckPointPayload(FilterType.Basic, Hash(), [Hash(), Hash()]),
            new GetCompactFiltersPayload(FilterType.Basic, 5, Hash()),
            new GetCompactFilterHeadersPayload(FilterType.Basic, 5, Hash()),
            new GetCompactFilterCheckPointPayload(FilterType.Basic, Hash()),
            new MerkleBlockPayload(new MerkleBlock(block, [transaction.GetHash()])),
            new FeeFilterPayload { FeeRate = new FeeRate(Money.Satoshis(1000)) },
            new FilterLoadPayload(new BloomFilter(10, 0.1)),
            new FilterAddPayload([1, 2, 3]),
            new SendCmpctPayload { Version = 2, PreferHeaderAndIDs = true },
            new SendHeadersPayload(),
            new MempoolPayload(),
            new GetAddrPayload(),
            new PingPayload { Nonce = 3 },
            new PongPayload { Nonce = 4 },
        ];
    }
}
