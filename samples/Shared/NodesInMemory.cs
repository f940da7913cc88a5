using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using NBitcoin;
using NBitcoin.Protocol;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Samples;

/// <summary>
/// Nodes of a chain on a network in memory, which serve headers and blocks that they mined: what a sample connects to when it runs without internet. In a crowd half of the addresses are dead, three in ten
/// nodes serve filters, two in ten leave soon, one in ten keeps its blocks to itself, and one in ten changes them.
/// </summary>
internal sealed class NodesInMemory : IAsyncDisposable
{
    private readonly MemoryNetwork _network = new();
    private readonly Network _chain;
    private readonly ChainParameters _parameters;
    private readonly List<Block> _blocks;
    private readonly List<(IPEndPoint Address, Services Services)> _known = []; // To DNS seeds.
    private readonly ConcurrentDictionary<BitcoinPeer, byte> _visitors = new();

    public NodesInMemory(Network chain, ChainParameters parameters, int blocks)
    {
        (_chain, _parameters, _blocks) = (chain, parameters, [chain.GetGenesis()]);
        Mine(blocks);
    }

    /// <summary>The blocks, the first of the chain included.</summary>
    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>Has a network of peers live here instead of the real world.</summary>
    public void Attach(PeerNetworkOptions options)
    {
        // As on the real network, each seed knows some of the nodes, and x49.SEED those with certain services.
        options.Chain = _parameters with { DnsSeeds = [.. Enumerable.Range(0, (_known.Count + 24) / 25).Select(static i => new DnsSeed($"{i}.seed.example", supportsServiceFilter: true))] };
        options.Lookup = (name, _) => new([.. Find(name).Select(static node => node.Address.Address)]);
        options.Dial = _network.DialAsync;
    }

    /// <summary>Adds nodes of all kinds.</summary>
    public void AddCrowd(int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var address = new IPEndPoint(new IPAddress([(byte)(1 + i % 9), (byte)(i / 9), (byte)random.Next(256), 1]), _parameters.DefaultPort);
            var services = Services.Network | Services.Witness | (random.NextDouble() < 0.3 ? Services.CompactFilters : Services.None);
            var character = random.NextDouble();
            _known.Add((address, services));
            if (random.NextDouble() < 0.5)
                _network.SetBehavior(address, HostBehavior.Swallowing);
            else
                Add(address, services, character < 0.1 ? null : character < 0.2 ? Changed : Same, character is > 0.2 and < 0.4 ? TimeSpan.FromMilliseconds(300) : null);
        }
    }

    /// <summary>Adds an honest node.</summary>
    public void Add(IPEndPoint address) => Add(address, Services.Network | Services.Witness, Same, closeAfter: null);

    /// <summary>Ends the connections of a node, as its restart does.</summary>
    public void CloseConnections(IPEndPoint address) => _network.CloseConnections(address);

    /// <summary>Extends the chain by a block, and announces it.</summary>
    public async Task MineAsync()
    {
        Mine(1);
        var announcement = new HeadersPayload(_blocks[^1].Header).ToBytes();
        foreach (var visitor in _visitors.Keys)
            await visitor.SendAsync(MessageCommand.Headers, announcement);
    }

    private IEnumerable<(IPEndPoint Address, Services Services)> Find(string name)
    {
        var labels = name.Split('.');
        var services = labels[0].StartsWith('x') ? (Services)ulong.Parse(labels[0][1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : Services.None;
        var seed = int.Parse(labels[^3], CultureInfo.InvariantCulture);
        return _known.Skip(25 * seed).Take(25).Where(node => (node.Services & services) == services);
    }

    private void Mine(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var block = _chain.Consensus.ConsensusFactory.CreateBlock();
            var coinbase = _chain.CreateTransaction();
            coinbase.Inputs.Add(new TxIn(new Script(Op.GetPushOp(_blocks.Count), OpcodeType.OP_0)));
            coinbase.Outputs.Add(Money.Coins(50), Script.Empty);
            block.AddTransaction(coinbase);
            block.Header.HashPrevBlock = _blocks[^1].GetHash();
            block.Header.BlockTime = _blocks[^1].Header.BlockTime.AddMinutes(10);
            block.Header.Bits = _blocks[^1].Header.Bits;
            block.UpdateMerkleRoot();
            while (!block.CheckProofOfWork())
                block.Header.Nonce++;
            _blocks.Add(block);
        }
    }

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    private static Block Same(Block block) => block;

    /// <summary>Creates a copy of a block with a transaction that does not belong to it.</summary>
    private Block Changed(Block block)
    {
        var changed = Block.Load(block.ToBytes(), _chain);
        changed.Transactions[0].Outputs[0].Value = Money.Coins(51);
        return changed;
    }

    private void Add(IPEndPoint address, Services services, Func<Block, Block>? serve, TimeSpan? closeAfter) => _network.SetBehavior(
        address,
        HostBehavior.Serving((stream, token) => TalkAsync(stream, services, serve, token)) with { Latency = TimeSpan.FromMilliseconds(20), CloseAfter = closeAfter });

    private async Task TalkAsync(Stream stream, Services services, Func<Block, Block>? serve, CancellationToken cancellationToken)
    {
        var protocol = new BitcoinProtocol(new() { Chain = _parameters, Services = services, StartHeight = () => _blocks.Count - 1, UserAgent = "/Node:1.0/" });
        try
        {
            var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, remoteEndPoint: null, cancellationToken);
            _visitors.TryAdd(peer, 0);
            try
            {
                await peer.RunAsync((peer, message, token) => AnswerAsync(peer, message, serve, token), cancellationToken);
            }
            finally
            {
                _visitors.TryRemove(peer, out _);
            }
        }
        catch (Exception e) when (e is ConnectFailedException or BitcoinProtocolException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side has ended the connection.
        }
    }

    private async ValueTask AnswerAsync(BitcoinPeer peer, BitcoinMessage message, Func<Block, Block>? serve, CancellationToken cancellationToken)
    {
        if (message.Command == MessageCommand.GetHeaders)
        {
            var known = Read<GetHeadersPayload>(message).BlockLocators.Blocks;
            var next = _blocks.FindLastIndex(block => known.Contains(block.GetHash())) + 1;
            await peer.SendAsync(MessageCommand.Headers, new HeadersPayload([.. _blocks.Skip(next).Select(static block => block.Header)]).ToBytes(), cancellationToken);
        }
        else if (message.Command == MessageCommand.GetData && serve is not null)
        {
            foreach (var block in Read<GetDataPayload>(message).Inventory.Select(wanted => _blocks.Find(block => block.GetHash() == wanted.Hash)))
            {
                if (block is not null)
                    await peer.SendAsync(MessageCommand.Block, serve(block).ToBytes(), cancellationToken);
            }
        }
    }

    private T Read<T>(BitcoinMessage message)
        where T : IBitcoinSerializable, new()
    {
        var payload = new T();
        payload.ReadWrite(new BitcoinStream(message.Payload.ToArray()) { ConsensusFactory = _chain.Consensus.ConsensusFactory });
        return payload;
    }
}
