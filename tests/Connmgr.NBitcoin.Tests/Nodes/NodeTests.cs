using System.Net;
using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using NBitcoin.Protocol.Behaviors;

namespace Connmgr.NBitcoin.Tests;

/// <summary>NBitcoin's Node on a peer of this library, with real sockets.</summary>
public class NodeTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private static readonly ChainParameters Chain = Network.Main.ToChainParameters();

    private static NodeConnectionParameters NoPings
    {
        get
        {
            var parameters = new NodeConnectionParameters();
            parameters.TemplateBehaviors.Clear();
            return parameters;
        }
    }

    [Fact]
    public async Task ToNodeAsync_OfAPeer_HasItsVersionAndItsAddress()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        pair.Run();

        Assert.Equal(NodeState.HandShaked, node.State);
        Assert.Equal(("/Far:1.0/", 777, (uint)pair.Local.ProtocolVersion), (node.PeerVersion.UserAgent, node.PeerVersion.StartHeight, node.PeerVersion.Version));
        Assert.Equal(TransactionOptions.Witness, node.ActualTransactionOptions);
        var remote = (IPEndPoint)pair.Local.RemoteEndPoint!;
        Assert.Equal(new IPEndPoint(remote.Address.MapToIPv6(), remote.Port), node.RemoteSocketEndpoint);
    }

    [Fact]
    public async Task Messages_PassBothWays_AndPingsAreAnsweredByTheRealPeer()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        using var listener = node.CreateListener();
        pair.Run();

        node.SendMessage(new GetHeadersPayload { BlockLocators = new BlockLocator { Blocks = { Network.Main.GenesisHash } } }, Cancellation);
        var asked = (GetHeadersPayload)new BitcoinMessage(new("getheaders"), await pair.ReceiveAsync("getheaders")).ReadPayload(Network.Main);
        Assert.Equal(Network.Main.GenesisHash, Assert.Single(asked.BlockLocators.Blocks));

        await pair.Remote.SendAsync(new HeadersPayload(Network.Main.GetGenesis().Header), Cancellation);
        var headers = await listener.ReceivePayloadAsync<HeadersPayload>(Cancellation);
        Assert.Equal(Network.Main.GenesisHash, Assert.Single(headers.Headers).GetHash());

        node.SendMessage(new PingPayload { Nonce = 5 }, Cancellation);
        Assert.Equal(5u, (await listener.ReceivePayloadAsync<PongPayload>(Cancellation)).Nonce);
    }

    [Fact]
    public async Task Node_GetsTheFirstMessage_AndTheHandlerOnlyWhatItAskedFor()
    {
        await using var pair = await PeerPair.CreateAsync(Chain, interest: [new("headers")]);
        await pair.Remote.SendAsync(new FeeFilterPayload(), Cancellation); // Arrives before anything reads it.
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        using var listener = node.CreateListener();
        var handled = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Run((_, message, _) =>
        {
            handled.TrySetResult(message.Command.ToString());
            return ValueTask.CompletedTask;
        });

        await listener.ReceivePayloadAsync<FeeFilterPayload>(Cancellation);
        await pair.Remote.SendAsync(new HeadersPayload(), Cancellation);
        await listener.ReceivePayloadAsync<HeadersPayload>(Cancellation);
        Assert.Equal("headers", await handled.Task.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task Node_OfARunningPeer_GetsTheNextMessage()
    {
        await using var pair = await PeerPair.CreateAsync(Chain, interest: []);
        pair.Run();
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        using var listener = node.CreateListener();

        await pair.Remote.SendAsync(new HeadersPayload(), Cancellation);

        await listener.ReceivePayloadAsync<HeadersPayload>(Cancellation);
    }

    [Fact]
    public async Task Handshake_OfTheNode_StaysHere()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        pair.Run();

        node.SendMessage(new SendAddrV2Payload(), Cancellation);
        node.SendMessage(new WTxIdRelayPayload(), Cancellation);
        node.SendMessage(new VerAckPayload(), Cancellation);
        node.SendMessage(new SendHeadersPayload(), Cancellation);

        Assert.Equal("sendheaders", (await pair.Received.ReadAsync(Cancellation)).Command);
        Assert.Equal(0, pair.Remote.MessagesIgnored);
    }

    [Fact]
    public async Task End_OfThePeer_EndsTheNode()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Disconnected += _ => ended.TrySetResult();
        pair.Run();

        pair.CloseRemote();

        await pair.LocalRunEnds;
        await ended.Task.WaitAsync(Cancellation);
        await Eventually.TrueAsync(() => node.DisconnectReason is not null); // Which NBitcoin sets last of all.
        Assert.StartsWith((await pair.Local.Closed).ToString(), node.DisconnectReason.Reason, StringComparison.Ordinal);
        Assert.Equal(NodeState.Offline, node.State);
    }

    [Fact]
    public async Task End_OfTheNode_EndsThePeer()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        pair.Run();

        node.Disconnect("enough of it");

        await pair.LocalRun;
        Assert.Equal("Closed: NBitcoin's node was disconnected: enough of it", (await pair.Local.Closed).ToString());
    }

    [Fact]
    public async Task Behaviors_AreClonedOnce_AndSeeTheHandshake()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var parameters = NoPings;
        parameters.TemplateBehaviors.Add(new CountingBehavior());
        var node = await pair.Local.ToNodeAsync(Network.Main, parameters, Cancellation);
        pair.Run();

        var behavior = node.Behaviors.Find<CountingBehavior>();
        Assert.Equal((1, 1), (behavior.Generation, behavior.Handshakes));
        await pair.Remote.SendAsync(new HeadersPayload(), Cancellation);
        Assert.Equal("headers", await behavior.First.Task.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task ToNodeAsync_ForTheSecondTime_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        pair.Run();

        await Assert.ThrowsAsync<InvalidOperationException>(() => pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation));
    }

    [Fact]
    public async Task ToNodeAsync_OfAnotherNetwork_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        await Assert.ThrowsAsync<ArgumentException>(() => pair.Local.ToNodeAsync(TestNetworks.Litecoin, NoPings, Cancellation));
    }

    [Fact]
    public async Task ToNodeAsync_OfAnEndedPeer_IsAnError()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        pair.Run();
        pair.CloseRemote();
        await pair.LocalRunEnds;

        await Assert.ThrowsAsync<IOException>(() => pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation));
    }

    [Fact]
    public async Task ToNodeAsync_Cancelled_LeavesThePeerAsItWas()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Local.ToNodeAsync(Network.Main, NoPings, cancelled.Token));

        var node = await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        using var listener = node.CreateListener();
        pair.Run();
        await pair.Remote.SendAsync(new HeadersPayload(), Cancellation);
        await listener.ReceivePayloadAsync<HeadersPayload>(Cancellation);
    }

    /// <summary>A behavior that refuses the handshake, by disconnecting at the version message.</summary>
    [Fact]
    public async Task ToNodeAsync_OfANodeThatGivesUp_IsAnError_AndThePeerStays()
    {
        await using var pair = await PeerPair.CreateAsync(Chain);
        var parameters = NoPings;
        parameters.TemplateBehaviors.Add(new RefusingBehavior());
        await Assert.ThrowsAsync<IOException>(() => pair.Local.ToNodeAsync(Network.Main, parameters, Cancellation));

        await pair.Local.ToNodeAsync(Network.Main, NoPings, Cancellation);
        pair.Run();
        await pair.Local.SendAsync(new SendHeadersPayload(), Cancellation);
        await pair.ReceiveAsync("sendheaders");
    }

    private sealed class CountingBehavior : NodeBehavior
    {
        public int Generation { get; init; }

        public int Handshakes { get; private set; }

        public TaskCompletionSource<string> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override object Clone() => new CountingBehavior { Generation = Generation + 1 };

        protected override void AttachCore()
        {
            AttachedNode.StateChanged += (node, _) => Handshakes += node.State == NodeState.HandShaked ? 1 : 0;
            AttachedNode.MessageReceived += (node, message) =>
            {
                if (node.State == NodeState.HandShaked)
                    First.TrySetResult(message.Message.Command.TrimEnd('\0'));
            };
        }

        protected override void DetachCore()
        {
        }
    }

    private sealed class RefusingBehavior : NodeBehavior
    {
        public override object Clone() => new RefusingBehavior();

        protected override void AttachCore() => AttachedNode.MessageReceived += (node, message) =>
        {
            if (message.Message.Payload is VersionPayload)
                node.DisconnectAsync("not this one");
        };

        protected override void DetachCore()
        {
        }
    }
}
