using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Private broadcasts to onion services in memory, which record every message. In virtual time.</summary>
public sealed class PrivateBroadcastTests : IAsyncDisposable
{
    private static readonly byte[] Transaction = GenerateOne();

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);
    private readonly AddressBook _book;
    private readonly ConcurrentQueue<Task<List<(string Command, byte[] Payload)>>> _onions = [];
    private readonly ConcurrentQueue<EndPoint> _dialed = [];
    private readonly ConcurrentQueue<(EndPoint Peer, bool NeedsOwnIdentity)> _wrapped = []; // What passed the dialler that wraps that of the network.
    private readonly TaskCompletionSource<Stream> _ordinary = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private VersionMessage _version = Frames.PeerVersion;
    private bool _answers = true;
    private int _told; // Onion services that were sent inv.
    private byte _flag = 0x40; // With which the onion services ask for witnesses.

    public PrivateBroadcastTests() => _book = SmallBook.Create(_time);

    private CancellationToken Cancellation => _deadline.Token;

    /// <summary>A transaction of one input with a witness, and one output.</summary>
    private static byte[] WithWitness => [2, 0, 0, 0, 0, 1, 1, .. new byte[36], 0, 255, 255, 255, 255, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x51, 1, 1, 0x2a, 0, 0, 0, 0];

    private static PrivateTransaction Read => PrivateTransaction.TryRead(Transaction)!;

    public async ValueTask DisposeAsync()
    {
        await _deadline.CancelAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task BroadcastPrivately_WithoutRelay_SendsNothingButTheTransaction()
    {
        AddOnions(5);
        await using var network = await StartAsync(relay: false);
        var result = await network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation).WaitAsync(Cancellation);
        Assert.Equal((3, 3, false), (result.Recipients, result.Attempts, result.IsReturned));
        Assert.Equal(Read.TxId, result.TxId.ToArray());
        Assert.Equal(Read.WtxId, result.WtxId.ToArray());

        var recorded = await Task.WhenAll(_onions).WaitAsync(Cancellation);
        Assert.Equal(3, recorded.Length);
        Assert.Equal(3, _dialed.Distinct().Count());
        HashSet<ulong> nonces = [];
        foreach (var messages in recorded)
        {
            Assert.Equal("version verack inv tx ping", Commands(messages));
            var version = VersionMessage.Decode(messages[0].Payload);
            nonces.Add(version.Nonce);
            Assert.Equal(new VersionMessage { ProtocolVersion = 70016, UserAgent = "/pynode:0.0.1/", Nonce = version.Nonce, StartHeight = 0, Relay = false }, version);
            Assert.Equal([1, 1, 0, 0, 0, .. Read.TxId], messages[2].Payload);
            Assert.Equal(Transaction, messages[3].Payload);
        }

        Assert.Equal(3, nonces.Count);
        Assert.All(_book.GetEntries(), static entry => Assert.False(entry.IsTried)); // Nothing is learnt.
    }

    /// <summary>A dialler that the user wraps around that of the network sees private dials too; an identity of their own they ask for by the context.</summary>
    [Fact]
    public async Task BroadcastPrivately_WithAWrappedDialler_PassesIt()
    {
        AddOnions(3);
        Add("1.2.3.4");
        await using var network = await StartAsync(relay: false);
        await network.WhenFullAsync(Cancellation);
        await network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation).WaitAsync(Cancellation);
        Assert.Equal(4, _wrapped.Count);
        Assert.All(_wrapped, static dialed => Assert.Equal(dialed.Peer is DnsEndPoint, dialed.NeedsOwnIdentity));
    }

    /// <summary>Bitcoin Core asks without the flag for witnesses, because this side offers none, and needs them.</summary>
    [Theory]
    [InlineData(NodeServices.Network | NodeServices.Witness, 0, true)]
    [InlineData(NodeServices.Network | NodeServices.Witness, 0x40, true)]
    [InlineData(NodeServices.Network, 0x40, true)]
    [InlineData(NodeServices.Network, 0, false)]
    public async Task BroadcastPrivately_PeersOfEachKind_GetTheFormThatTheyTake(NodeServices services, byte flag, bool hasWitnesses)
    {
        (_version, _flag) = (_version with { Services = services }, flag);
        AddOnions(5);
        await using var network = await StartAsync(relay: false);
        await network.BroadcastPrivatelyAsync(WithWitness, new() { Recipients = 1 }, Cancellation).WaitAsync(Cancellation);
        var read = PrivateTransaction.TryRead(WithWitness)!;
        var messages = (await Task.WhenAll(_onions).WaitAsync(Cancellation))[0];
        Assert.Equal((hasWitnesses ? read.Bytes : read.Stripped).ToArray(), messages.Single(static message => message.Command is "tx").Payload);
        Assert.NotEqual(read.Bytes.Length, read.Stripped.Length);
    }

    [Fact]
    public async Task BroadcastPrivately_AnOrdinaryPeerAnnouncesIt_HasReturned()
    {
        AddOnions(5);
        Add("1.2.3.4");
        await using var network = await StartAsync(relay: true);
        var stream = await _ordinary.Task.WaitAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        var broadcast = network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation);
        await Task.WhenAny(broadcast, Eventually.TrueAsync(() => _onions.Count(static onion => onion.IsCompleted) == 3)).WaitAsync(Cancellation);
        Assert.False(broadcast.IsCompleted);
        await stream.WriteAsync(Frames.Of("inv", [2, 5, 0, 0, 0, .. new byte[32], 5, 0, 0, 0, .. Read.WtxId]), Cancellation);
        Assert.True((await broadcast.WaitAsync(Cancellation)).IsReturned);
        Assert.Equal(PeerPurpose.Automatic, PeerNetwork.GetPurpose(Assert.Single(network.Peers).Connection!));
    }

    [Fact]
    public async Task BroadcastPrivately_PeersThatTakeNoTransactions_AreNotToldOfIt()
    {
        _version = Frames.PeerVersion with { Relay = false };
        AddOnions(2);
        await using var network = await StartAsync(relay: false);
        var broadcast = network.BroadcastPrivatelyAsync(Transaction, new() { Within = TimeSpan.FromMinutes(1) }, Cancellation);
        await Eventually.TrueAsync(() => _onions.Count == 2 && _onions.All(static onion => onion.IsCompleted)); // Before any time limit passes.
        var result = await AdvanceAsync(broadcast);
        Assert.Equal((0, 2, false), (result.Recipients, result.Attempts, result.IsReturned));
        Assert.All(await Task.WhenAll(_onions).WaitAsync(Cancellation), static messages => Assert.Equal("version", Commands(messages)));
    }

    [Fact]
    public async Task BroadcastPrivately_ToAConnectedOrBannedPeer_IsNotMade()
    {
        AddOnions(2);
        await using var network = await StartAsync(relay: false);
        network.Bans.Add(BanTarget.Parse(Onion(0).ToString()));
        var connected = await network.ConnectPeerAsync(new NetworkEndPoint(Onion(1), 8333).ToEndPoint()!, Cancellation);
        var result = await AdvanceAsync(network.BroadcastPrivatelyAsync(Transaction, new() { Within = TimeSpan.FromMinutes(1) }, Cancellation));
        Assert.Equal((0, 0), (result.Recipients, result.Attempts));
        Assert.Single(_dialed);
        Assert.False(connected.Closed.IsCompleted);
    }

    [Fact]
    public async Task BroadcastPrivately_PeersThatDoNotAnswer_EndAfterTheirLifetime()
    {
        _answers = false;
        AddOnions(3);
        await using var network = await StartAsync(relay: false);
        var broadcast = network.BroadcastPrivatelyAsync(Transaction, new() { Within = TimeSpan.FromMinutes(10) }, Cancellation);
        await Eventually.TrueAsync(() => Volatile.Read(ref _told) == 3);
        var result = await AdvanceAsync(broadcast);
        Assert.Equal((0, 3), (result.Recipients, result.Attempts));
        Assert.All(await Task.WhenAll(_onions).WaitAsync(Cancellation), static messages => Assert.Equal("version verack inv", Commands(messages)));
    }

    [Fact]
    public async Task BroadcastPrivately_TheNetworkStops_Throws()
    {
        _answers = false;
        AddOnions(3);
        await using var network = await StartAsync(relay: false);
        var broadcast = network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation);
        await network.StopAsync(Cancellation);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => broadcast.WaitAsync(Cancellation));
        Assert.Contains("stopped", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation).WaitAsync(Cancellation));
    }

    [Fact]
    public async Task BroadcastPrivately_Twice_ThrowsUntilTheFirstIsOver()
    {
        _answers = false;
        AddOnions(3);
        await using var network = await StartAsync(relay: false);
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var first = network.BroadcastPrivatelyAsync(Transaction, cancellationToken: canceled.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation));
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Cancellation));
        _answers = true;
        AddOnions(6);
        Assert.Equal(3, (await network.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation).WaitAsync(Cancellation)).Recipients);
    }

    [Fact]
    public async Task BroadcastPrivately_WhatCanNotBe_SaysSo()
    {
        await using var clear = await StartAsync(relay: false, AddressNetworks.IPv4);
        var noNetwork = await Assert.ThrowsAsync<InvalidOperationException>(() => clear.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation));
        Assert.Contains("Set a Tor proxy", noNetwork.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("transaction", () => { _ = clear.BroadcastPrivatelyAsync(new byte[200], cancellationToken: Cancellation); });
        Assert.Throws<ArgumentException>("options", () => { _ = clear.BroadcastPrivatelyAsync(Transaction, new() { Recipients = 9 }, Cancellation); });
        Assert.Throws<ArgumentException>("options", () => { _ = clear.BroadcastPrivatelyAsync(Transaction, new() { Within = TimeSpan.Zero }, Cancellation); });

        await using var shared = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = _book,
            Proxies = new() { Rules = ProxyRules.All(new IPEndPoint(IPAddress.Loopback, 1)), Socks5 = new() { Isolation = null } },
        });
        Assert.Throws<InvalidOperationException>(() => { _ = shared.BroadcastPrivatelyAsync(Transaction, cancellationToken: Cancellation); });
    }

    private static byte[] GenerateOne()
    {
        byte[] transaction = [];
        PrivateTransactionTests.Generate.Sample(generated => transaction = generated.Full, iter: 1, threads: 1);
        return transaction;
    }

    private static string Commands(List<(string Command, byte[] Payload)> messages) => string.Join(' ', messages.Select(static message => message.Command));

    private static NetworkAddress Onion(byte number) => GossipGen.Onion(number).Address;

    private async Task<PeerNetwork> StartAsync(bool relay, AddressNetworks networks = AddressNetworks.IPv4 | AddressNetworks.TorV3)
    {
        var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = _book,
            Dial = DialAsync,
            ReachableNetworks = networks,
            Groups = { new PeerGroup("clear", 1) { Networks = AddressNetworks.IPv4 } },
            Protocol = new() { Relay = relay, Transport = TransportPolicy.V1Only },
            Policies = PeerPolicies.None,
            TimeProvider = _time,
            Configure = manager =>
            {
                var dial = manager.Dial!;
                manager.Dial = (endPoint, token) =>
                {
                    _wrapped.Enqueue((endPoint, OwnIdentity.IsNeeded));
                    return dial(endPoint, token);
                };
            },
        });
        await network.StartAsync(Cancellation);
        return network;
    }

    private void AddOnions(byte count)
    {
        for (byte i = 0; i < count; i++)
            Add(Onion(i));
    }

    private void Add(string text) => Add(NetworkAddress.Parse(text));

    private void Add(NetworkAddress address) => _book.AddOwn(new(address, 8333), 9, _time.GetUtcNow());

    private async Task<PrivateBroadcastResult> AdvanceAsync(Task<PrivateBroadcastResult> broadcast)
    {
        while (!broadcast.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
        }

        return await broadcast;
    }

    private ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var (dialer, listener) = DuplexStream.Pair();
        if (endPoint is IPEndPoint)
        {
            _ = ServeOrdinarilyAsync(listener);
        }
        else
        {
            _dialed.Enqueue(endPoint);
            _onions.Enqueue(ServeOnionAsync(listener));
        }

        return new(dialer);
    }

    /// <summary>Serves an ordinary peer, which the test writes to.</summary>
    private async Task ServeOrdinarilyAsync(Stream stream)
    {
        await stream.WriteAsync(Frames.Handshake(), Cancellation);
        _ordinary.TrySetResult(stream);
        using var reader = new FrameReader(stream, Frames.Chain);
        while (await reader.ReadAsync(Cancellation) is not null)
        {
            // It answers nothing.
        }
    }

    /// <summary>Serves an onion service, which asks for everything that a node may ask for, and records all that it gets.</summary>
    private async Task<List<(string Command, byte[] Payload)>> ServeOnionAsync(Stream stream)
    {
        List<(string Command, byte[] Payload)> messages = [];
        using var reader = new FrameReader(stream, Frames.Chain);
        while (await reader.ReadAsync(Cancellation) is { } message)
        {
            var payload = message.Payload.ToArray();
            messages.Add((message.Command.ToString(), payload));
            if (message.Command == MessageCommand.Inv)
                Interlocked.Increment(ref _told);
            if (message.Command == MessageCommand.Version)
                await stream.WriteAsync(Frames.Handshake(_version), Cancellation);
            else if (message.Command == MessageCommand.Inv && _answers)
                await stream.WriteAsync((byte[])[.. Frames.Nonce("ping", 7), .. Frames.Of("getaddr"), .. Frames.Of("getdata", [1, 1, 0, 0, _flag, .. payload[5..]])], Cancellation);
            else if (message.Command == MessageCommand.Tx)
                await stream.WriteAsync(Frames.Of("getdata", [1, 1, 0, 0, 0x40, .. Read.TxId]), Cancellation); // Once more.
            else if (message.Command == MessageCommand.Ping)
                await stream.WriteAsync(Frames.Of("pong", payload), Cancellation);
        }

        await stream.DisposeAsync();
        return messages;
    }
}
