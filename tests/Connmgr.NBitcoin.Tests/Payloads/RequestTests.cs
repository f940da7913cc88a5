using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Inventory = NBitcoin.Protocol.InventoryType;

namespace Connmgr.NBitcoin.Tests;

public class RequestTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestAsync_ReturnsTheNextPayloadOfItsType()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var request = pair.Local.RequestAsync<HeadersPayload>(new GetHeadersPayload(), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getheaders");
        await pair.Remote.SendAsync(new FeeFilterPayload(), Cancellation);
        await pair.Remote.SendAsync(new HeadersPayload(Network.Main.GetGenesis().Header), Cancellation);

        Assert.Equal(Network.Main.GenesisHash, Assert.Single((await request).Headers).GetHash());
    }

    [Fact]
    public async Task RequestAsync_InTheHandlerOfAPeerWithANode_ReturnsTheAnswer_AndTheNodeHasTheOthers()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: [new("inv")]);
        var parameters = new NodeConnectionParameters();
        parameters.TemplateBehaviors.Clear();
        var node = await pair.Local.ToNodeAsync(Network.Main, parameters, Cancellation);
        using var listener = node.CreateListener();
        var answer = new TaskCompletionSource<HeadersPayload>(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Run(async (peer, _, token) => answer.TrySetResult(await peer.RequestAsync<HeadersPayload>(new GetHeadersPayload(), cancellationToken: token)));

        await pair.Remote.SendAsync(new InvPayload(), Cancellation);
        await pair.ReceiveAsync("getheaders");
        await pair.Remote.SendAsync(new FeeFilterPayload(), Cancellation); // Waits for the handler.
        await pair.Remote.SendAsync(new HeadersPayload(Network.Main.GetGenesis().Header), Cancellation);

        Assert.Single((await answer.Task.WaitAsync(Cancellation)).Headers);
        Assert.IsType<InvPayload>((await listener.ReceiveMessageAsync(Cancellation)).Message.Payload);
        Assert.IsType<FeeFilterPayload>((await listener.ReceiveMessageAsync(Cancellation)).Message.Payload);
    }

    [Fact]
    public async Task RequestAsync_OfABlock_IsAnsweredByThatBlock()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var genesis = Network.Main.GetGenesis();
        var other = Network.Main.GetGenesis();
        other.Header.Nonce++;
        var request = pair.Local.RequestAsync<BlockPayload>(Ask(Inventory.MSG_WITNESS_BLOCK, genesis.GetHash()), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getdata");
        await pair.Remote.SendAsync(new NotFoundPayload(new InventoryVector(Inventory.MSG_BLOCK, other.GetHash())), Cancellation);
        await pair.Remote.SendAsync(new BlockPayload(other), Cancellation);
        await pair.Remote.SendAsync(new BlockPayload(genesis), Cancellation);

        Assert.Equal(genesis.GetHash(), (await request).Object.GetHash());
    }

    /// <summary>Checks a regression: every request read every block, so a malformed one failed all of them.</summary>
    [Fact]
    public async Task RequestAsync_TheAnswerOfAnotherRequestIsMalformed_GoesOn()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var (genesis, other) = (Network.Main.GetGenesis(), Network.Main.GetGenesis());
        other.Header.Nonce++;
        var request = pair.Local.RequestAsync<BlockPayload>(Ask(Inventory.MSG_BLOCK, genesis.GetHash()), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getdata");
        var malformed = pair.Local.RequestAsync<BlockPayload>(Ask(Inventory.MSG_BLOCK, other.GetHash()), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getdata");
        await pair.Remote.SendAsync(new("block"), other.ToBytes().AsMemory()[..^1], Cancellation);
        await pair.Remote.SendAsync(new BlockPayload(genesis), Cancellation);

        Assert.Equal(genesis.GetHash(), (await request).Object.GetHash());
        var thrown = await Assert.ThrowsAsync<BitcoinProtocolException>(() => malformed);
        Assert.Equal(ProtocolViolation.BadPayload, thrown.Violation);
    }

    [Fact]
    public async Task RequestAsync_OfATransaction_IsAnsweredByItsTxidOrWtxid()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var transaction = Network.Main.GetGenesis().Transactions[0];
        var request = pair.Local.RequestAsync<TxPayload>(Ask(Inventory.MSG_WTX, transaction.GetWitHash()), payload => payload.Object.IsCoinBase, cancellationToken: Cancellation);
        await pair.ReceiveAsync("getdata");
        await pair.Remote.SendAsync(new TxPayload(transaction), Cancellation);

        Assert.Equal(transaction.GetHash(), (await request).Object.GetHash());
    }

    [Fact]
    public async Task RequestAsync_AnsweredByNotFound_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var request = pair.Local.RequestAsync<BlockPayload>(Ask(Inventory.MSG_BLOCK, uint256.One), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getdata");
        await pair.Remote.SendAsync(new NotFoundPayload(new InventoryVector(Inventory.MSG_BLOCK, uint256.One)), Cancellation);

        await Assert.ThrowsAsync<KeyNotFoundException>(() => request);
    }

    [Fact]
    public async Task RequestAsync_AnsweredByMalformedBytes_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Network.Main.ToChainParameters(), interest: []);
        pair.Run();
        var request = pair.Local.RequestAsync<HeadersPayload>(new GetHeadersPayload(), cancellationToken: Cancellation);
        await pair.ReceiveAsync("getheaders");
        await pair.Remote.SendAsync(new("headers"), new byte[] { 9, 9 }, Cancellation);

        var thrown = await Assert.ThrowsAsync<BitcoinProtocolException>(() => request);
        Assert.Equal(ProtocolViolation.BadPayload, thrown.Violation);
    }

    private static GetDataPayload Ask(Inventory type, uint256 hash) => new(new InventoryVector(type, hash));
}
