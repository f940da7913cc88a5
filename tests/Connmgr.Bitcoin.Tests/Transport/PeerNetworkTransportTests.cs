using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>The transport that a network chooses for its dials, and the second dial when a peer does not answer.</summary>
public sealed class PeerNetworkTransportTests : IAsyncDisposable
{
    private const NodeServices Full = NodeServices.Network | NodeServices.Witness;

    private static readonly IPEndPoint Theirs = new(IPAddress.Parse("8.1.2.3"), 18444);
    private static readonly IPEndPoint Others = new(IPAddress.Parse("20.1.2.3"), 18444);

    private readonly MemoryNetwork _memory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);
    private readonly ConcurrentQueue<PeerTransport> _answered = new(); // The transports of the streams that the host accepted.
    private readonly ConcurrentQueue<ConnectFailedException> _refused = new();
    private readonly TaskCompletionSource _isSilent = new(TaskCreationOptions.RunContinuationsAsynchronously); // Set by a silent host that has read a byte.
    private int _dials;

    private CancellationToken Cancellation => _deadline.Token;

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData(TransportPolicy.PreferV2, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(TransportPolicy.V2Only, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(TransportPolicy.V1Only, TransportPolicy.PreferV2, PeerTransport.V1, 1)]
    [InlineData(TransportPolicy.PreferV2, TransportPolicy.V1Only, PeerTransport.V1, 2)] // The second dial.
    public async Task Connect_APeerThatTheUserNamed_SpeaksTheBestOfBothSides(
        TransportPolicy ours, TransportPolicy theirs, PeerTransport expected, int dials)
    {
        SetHost(theirs);
        await using var network = Create(ours);
        await network.StartAsync(Cancellation);
        var peer = await ConnectAsync(network);
        Assert.Equal(expected, peer.Transport);
        Assert.Equal(expected == PeerTransport.V2 ? 32 : 0, peer.SessionId.Length);
        Assert.Equal(ours != TransportPolicy.V1Only, (await Received.Task.WaitAsync(Cancellation)).Services.HasFlag(NodeServices.P2PV2));
        Assert.Equal([expected], _answered);
        Assert.Equal(dials, _dials);
        await Eventually.TrueAsync(() => _refused.Count == dials - 1); // Noted after the close that this side has seen.
    }

    /// <summary>Each peer that believed the offer would begin with what is refused on its network, and dial twice.</summary>
    [Theory]
    [InlineData(AddressNetwork.IPv4, false)]
    [InlineData(AddressNetwork.IPv6, true)]
    public async Task Connect_V1OnlyOnANetwork_DoesNotOfferTheOtherThere(AddressNetwork network, bool isOffered)
    {
        SetHost(TransportPolicy.PreferV2);
        await using var node = Create(TransportPolicy.PreferV2, configure: options => options.TransportByNetwork = new Dictionary<AddressNetwork, TransportPolicy> { [network] = TransportPolicy.V1Only });
        await node.StartAsync(Cancellation);
        await ConnectAsync(node);
        var services = (await Received.Task.WaitAsync(Cancellation)).Services;
        Assert.Equal(isOffered, services.HasFlag(NodeServices.P2PV2));
    }

    /// <summary>A peer that does not speak it is a failed attempt, and gets no byte of v1.</summary>
    [Fact]
    public async Task Connect_V2Only_ToAPeerOfV1_Fails()
    {
        SetHost(TransportPolicy.V1Only);
        await using var network = Create(TransportPolicy.V2Only);
        await network.StartAsync(Cancellation);
        var outcome = await network.Connections.Connect(Theirs).FirstOutcome.WaitAsync(Cancellation);
        Assert.Equal((false, ConnectFailureCause.UnsupportedTransport), (outcome.Succeeded, outcome.Cause));
        Assert.Equal(1, _dials);
        Assert.Empty(_answered);
    }

    /// <summary>What the address offers decides, and a peer that cannot after all is dialled again in the same attempt.</summary>
    [Theory]
    [InlineData(NodeServices.P2PV2, TransportPolicy.PreferV2, PeerTransport.V2, 1)]
    [InlineData(NodeServices.P2PV2, TransportPolicy.V1Only, PeerTransport.V1, 2)]
    [InlineData(NodeServices.None, TransportPolicy.PreferV2, PeerTransport.V1, 1)]
    public async Task Automatic_AddressOfTheBook_DecidesByItsServices(
        NodeServices offered, TransportPolicy theirs, PeerTransport expected, int dials)
    {
        SetHost(theirs);
        await using var network = Create(TransportPolicy.PreferV2, targetOutbound: 1);
        network.Book.Add([new PeerAddress(NetworkEndPoint.Parse("8.1.2.3:18444"), (ulong)(Full | offered), TimeProvider.System.GetUtcNow())], NetworkAddress.Parse("9.9.9.9"));
        await network.StartAsync(Cancellation);
        var peer = await network.GetPeerAsync(static _ => true, cancellationToken: Cancellation);
        Assert.Equal(expected, peer.Transport);
        Assert.Equal(dials, _dials);
        Assert.True(network.Book.TryGet(NetworkEndPoint.Parse("8.1.2.3:18444"), out var entry));
        Assert.Equal(0, entry.FailedAttempts);
    }

    /// <summary>With v2 only, an address that does not offer it is not dialled on that network; the shortage says what is missing.</summary>
    [Theory]
    [InlineData(TransportPolicy.V2Only, null, true)]
    [InlineData(TransportPolicy.PreferV2, TransportPolicy.V2Only, true)]
    [InlineData(TransportPolicy.V2Only, TransportPolicy.PreferV2, false)]
    public async Task Automatic_V2Only_SkipsAddressesThatDoNotOfferIt(TransportPolicy policy, TransportPolicy? ofIPv4, bool skips)
    {
        var (plain, encrypted) = (NetworkEndPoint.Parse("8.1.2.3:18444"), NetworkEndPoint.Parse("20.1.2.3:18444"));
        SetHost(TransportPolicy.PreferV2);
        var byNetwork = new Dictionary<AddressNetwork, TransportPolicy>();
        if (ofIPv4 is { } other)
            byNetwork.Add(AddressNetwork.IPv4, other);
        await using var network = Create(policy, targetOutbound: 1, configure: options => options.TransportByNetwork = byNetwork);
        byNetwork.Clear(); // The options were copied.
        network.Book.Add([new PeerAddress(plain, (ulong)Full, TimeProvider.System.GetUtcNow())], NetworkAddress.Parse("9.9.9.9"));
        await network.StartAsync(Cancellation);
        if (skips)
        {
            Assert.Equal(ShortageReasons.MissingServices, (await network.GetShortageAsync(Cancellation))!.Reasons);
            network.Book.Add([new PeerAddress(encrypted, (ulong)(Full | NodeServices.P2PV2), TimeProvider.System.GetUtcNow())], NetworkAddress.Parse("9.9.9.9"));
        }

        var peer = await network.GetPeerAsync(static _ => true, cancellationToken: Cancellation);
        Assert.Equal(skips ? (encrypted.ToEndPoint(), PeerTransport.V2) : (plain.ToEndPoint(), PeerTransport.V1), (peer.RemoteEndPoint, peer.Transport));
        Assert.Equal(1, _dials);
    }

    /// <summary>Seeds are asked for peers that offer what the policy needs: their other addresses would not be dialled.</summary>
    [Theory]
    [InlineData(TransportPolicy.PreferV2, "x9.seed.example")]
    [InlineData(TransportPolicy.V2Only, "x809.seed.example")]
    public async Task Seeds_V2Only_AreAskedForIt(TransportPolicy policy, string expected)
    {
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest with { DnsSeeds = [new("seed.example", supportsServiceFilter: true)] },
            Dial = _memory.DialAsync,
            Protocol = new() { Transport = policy, RequiredServices = Full },
            Lookup = (host, _) =>
            {
                asked.TrySetResult(host);
                return new([]);
            },
        });
        await network.StartAsync(Cancellation);
        Assert.Equal(expected, await asked.Task.WaitAsync(Cancellation));
    }

    /// <summary>
    /// As Bitcoin Core does after its time, a peer that stays silent after our key is dialled again for v1: at half of the handshake's
    /// timeout, so that the second dial has the other half. With v2 only it is waited for until the timeout.
    /// </summary>
    [Theory]
    [InlineData(TransportPolicy.PreferV2, true)]
    [InlineData(TransportPolicy.V2Only, false)]
    public async Task Connect_APeerThatStaysSilent_IsDialledAgainForV1(TransportPolicy policy, bool fallsBack)
    {
        var time = new FakeTimeProvider();
        SetHost(TransportPolicy.V1Only, isSilentFirst: true);
        await using var network = Create(policy, time: time);
        await network.StartAsync(Cancellation);
        var outcome = network.Connections.Connect(Theirs).FirstOutcome;
        await _isSilent.Task.WaitAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(30));
        if (!fallsBack)
        {
            await Eventually.TrueAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(30)); // The timer of the time-out may be made after the stream was used.
                return outcome.IsCompleted;
            });
        }

        var ended = await outcome.WaitAsync(Cancellation);
        Assert.Equal(fallsBack ? (true, ConnectFailureCause.None) : (false, ConnectFailureCause.Timeout), (ended.Succeeded, ended.Cause));
        Assert.Equal(fallsBack ? 2 : 1, _dials);
        if (fallsBack)
            await Received.Task.WaitAsync(Cancellation); // This side may be done first.
        Assert.Equal(fallsBack ? 1 : 0, _answered.Count);
    }

    /// <summary>The attempt fails with the failure of the second dial, and nothing is left open.</summary>
    [Fact]
    public async Task Connect_SecondDialRefused_FailsOnce()
    {
        SetHost(TransportPolicy.V1Only, () => _memory.SetBehavior(Theirs, HostBehavior.Refusing));
        await using (var network = Create(TransportPolicy.PreferV2))
        {
            await network.StartAsync(Cancellation);
            var outcome = await network.Connections.Connect(Theirs).FirstOutcome.WaitAsync(Cancellation);
            Assert.Equal((false, ConnectFailureCause.Refused), (outcome.Succeeded, outcome.Cause));
        }

        Assert.Equal(2, _dials);
        _memory.EnsureNoLeaks();
    }

    private TaskCompletionSource<VersionMessage> Received { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PeerNetwork Create(TransportPolicy policy, int targetOutbound = 0, Action<BitcoinPeerOptions>? configure = null, TimeProvider? time = null) => new(new()
    {
        Chain = ChainParameters.Regtest,
        Dial = (endPoint, token) =>
        {
            Interlocked.Increment(ref _dials);
            return _memory.DialAsync(endPoint, token);
        },
        Book = targetOutbound > 0 ? SmallBook.Create() : null,
        TargetOutbound = targetOutbound,
        Protocol = CreateProtocol(policy, configure),
        Policies = new() { FeelerInterval = null, ExtraNetworkInterval = null },
        ConfigureSeeding = static seeding => seeding.FetchFromKnown = null, // Which would dial what is counted, after some seconds.
        TimeProvider = time ?? TimeProvider.System,
    });

    private static BitcoinPeerOptions CreateProtocol(TransportPolicy policy, Action<BitcoinPeerOptions>? configure)
    {
        var options = new BitcoinPeerOptions { Transport = policy };
        configure?.Invoke(options);
        return options;
    }

    private async Task<BitcoinPeer> ConnectAsync(PeerNetwork network)
    {
        var request = network.Connections.Connect(Theirs);
        Assert.True((await request.FirstOutcome.WaitAsync(Cancellation)).Succeeded);
        return await network.GetPeerAsync(static _ => true, cancellationToken: Cancellation);
    }

    private void SetHost(TransportPolicy policy, Action? beforeItEnds = null, bool isSilentFirst = false)
    {
        var accepted = 0;
        var protocol = new BitcoinProtocol(new()
        {
            Chain = ChainParameters.Regtest,
            Transport = policy,
            Services = Full,
        });
        var serving = HostBehavior.Serving(async (stream, token) =>
        {
            if (isSilentFirst && Interlocked.Increment(ref accepted) == 1)
            {
                await stream.ReadExactlyAsync(new byte[1], token);
                _isSilent.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }

            try
            {
                var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, null, token);
                _answered.Enqueue(peer.Transport);
                Received.TrySetResult(peer.Version);
                await peer.RunAsync(static (_, _, _) => default, token);
            }
            catch (ConnectFailedException exception)
            {
                _refused.Enqueue(exception);
                beforeItEnds?.Invoke();
            }
        });
        _memory.SetBehavior(Theirs, serving);
        _memory.SetBehavior(Others, serving);
    }
}
