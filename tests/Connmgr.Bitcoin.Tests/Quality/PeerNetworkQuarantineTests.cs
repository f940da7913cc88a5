using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Quality;

/// <summary>A whole network with a steady peer, and one that leaves at once or lacks what its address promises.</summary>
public sealed class PeerNetworkQuarantineTests : IAsyncDisposable
{
    private static readonly IPEndPoint Steady = new(IPAddress.Parse("8.8.1.1"), 8333);
    private static readonly IPEndPoint Restless = new(IPAddress.Parse("9.9.1.1"), 8333);
    private static readonly NetworkEndPoint RestlessAddress = NetworkEndPoint.Parse("9.9.1.1:8333");

    private readonly MemoryNetwork _memory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<DateTimeOffset> _dials = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-quarantine-");

    public PeerNetworkQuarantineTests()
    {
        _memory.SetBehavior(Steady, HostBehavior.Serving(async (stream, token) =>
        {
            await stream.WriteAsync(Frames.Handshake(), token);
            await ReadUntilAsync(stream, "never sent"u8.ToArray(), token);
        }));
        _memory.SetBehavior(Restless, HostBehavior.Serving(static async (stream, token) =>
        {
            await stream.WriteAsync(Frames.Handshake(), token);
            await ReadUntilAsync(stream, "verack\0"u8.ToArray(), token);
        }));
    }

    private CancellationToken Cancellation => _deadline.Token;

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Peer_ThatLeavesAtOnce_RestsFor5MinutesAndThenForTwiceAsLong()
    {
        await using var network = await StartAsync();
        for (var times = 1; times <= 2; times++)
        {
            await AdvanceUntilAsync(() => _dials.Count >= times);
            await Eventually.TrueAsync(() => network.GetFacts(RestlessAddress).QuarantineTimes >= times); // No time passes: it left at once.
        }

        await AdvanceUntilAsync(() => _dials.Count >= 3);
        var dials = _dials.ToArray();
        Assert.InRange(dials[1] - dials[0], TimeSpan.FromMinutes(5), TimeSpan.MaxValue);
        Assert.InRange(dials[2] - dials[1], TimeSpan.FromMinutes(10), TimeSpan.MaxValue);

        var facts = network.GetFacts(RestlessAddress);
        Assert.True(facts.EndedBy is DisconnectCause.PeerClosed or DisconnectCause.Reset);
        Assert.Equal(PeerPurpose.Automatic, facts.Purpose);
        Assert.Equal("/Peer:1.0/", facts.UserAgent);
        Assert.NotNull(facts.ConnectTime);
        Assert.InRange(facts.Stayed, TimeSpan.Zero, TimeSpan.FromSeconds(29));
        Assert.InRange(facts.QuarantineTimes, 2, 3);
        Assert.True(PeerRating.FromFacts(facts).Value < 0);
    }

    [Fact]
    public async Task GetFacts_OfAConnectedPeer_HasItsReports()
    {
        await using var network = await StartAsync(targetOutbound: 0);
        var (peer, _) = Assert.Single(await network.GetPeersAsync(Cancellation));
        peer.ReportUsefulBlock();
        peer.ReportUsefulBlock();
        peer.ReportUsefulTransaction();
        peer.ReportMisbehavior(Misbehavior.InvalidData); // The user named the peer: it counts among the facts alone.
        _time.Advance(TimeSpan.FromMinutes(1));
        var facts = network.GetFacts(peer);
        Assert.Equal((2, 1, 1), (facts.UsefulBlocks, facts.UsefulTransactions, facts.Misbehaviors));
        Assert.Equal((PeerPurpose.Permanent, TimeSpan.FromMinutes(1), null), (facts.Purpose, facts.Stayed, facts.EndedBy));
        Assert.Equal(Steady, facts.EndPoint);
        Assert.NotNull(facts.ConnectTime);
        Assert.Equal(PeerRating.FromFacts(facts).Value, network.GetRating(peer).Value);
    }

    [Fact]
    public async Task GetFacts_OfAPeerWithRequests_CountsThem()
    {
        await using var network = await StartAsync(targetOutbound: 0);
        var (peer, _) = Assert.Single(await network.GetPeersAsync(Cancellation));
        var missed = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, TimeSpan.FromSeconds(1), Cancellation);
        await AdvanceUntilAsync(() => missed.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => missed);
        Assert.Equal((0, 1), (network.GetFacts(peer).RequestsAnswered, network.GetFacts(peer).RequestsTimedOut));
    }

    [Fact]
    public async Task RequestAsync_TheProgramClosesTheConnection_SaysSo()
    {
        await using var network = await StartAsync(targetOutbound: 0);
        var (peer, _) = Assert.Single(await network.GetPeersAsync(Cancellation));
        var asked = peer.RequestAsync(MessageCommand.GetData, default, MessageCommand.Block, cancellationToken: Cancellation);
        peer.Close("had enough");
        var ended = await Assert.ThrowsAsync<IOException>(() => asked.WaitAsync(Cancellation));
        Assert.Equal("The connection ended before the peer answered 'getdata': Closed: had enough", ended.Message);
    }

    [Fact]
    public async Task Restart_KeepsTheQuarantine()
    {
        await using (var network = await StartAsync())
            await Eventually.TrueAsync(() => network.GetStatistics().Quarantined == 1);
        await using var again = await StartAsync(targetOutbound: 0);
        Assert.Equal(1, again.GetStatistics().Quarantined);
        Assert.Equal(1, again.GetFacts(RestlessAddress).QuarantineTimes);
        await again.Connections.SetTargetOutboundAsync(1, Cancellation);
        await AdvanceUntilAsync(() => _dials.Count >= 2);
        var dials = _dials.ToArray();
        Assert.InRange(dials[1] - dials[0], TimeSpan.FromMinutes(5), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Release_OfARestingAddress_ForgetsIt_AfterARestartToo()
    {
        var added = new TaskCompletionSource<AddressQuarantinedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (var network = await StartAsync(configure: network => network.Quarantine.Added += (_, quarantined) => added.TrySetResult(quarantined)))
        {
            var quarantined = await added.Task.WaitAsync(Cancellation);
            Assert.Equal(QuarantineCause.LeftEarly, quarantined.Cause);
            Assert.Equal(network.Quarantine.Find(RestlessAddress), quarantined.Entry);
            var entry = Assert.Single(network.Quarantine.GetResting());
            Assert.Equal((RestlessAddress, 1), (entry.EndPoint, entry.Times));
        }

        await using (var network = await StartAsync(targetOutbound: 0)) // It is not dialled again.
        {
            Assert.Equal(1, network.Quarantine.RestingCount);
            Assert.True(network.Quarantine.Release(RestlessAddress));
            Assert.False(network.Quarantine.Release(RestlessAddress));
            Assert.Empty(network.Quarantine.GetResting());
            Assert.Equal(0, network.GetFacts(RestlessAddress).QuarantineTimes);
        }

        await using var again = await StartAsync(targetOutbound: 0);
        Assert.Equal((null, 0), (again.Quarantine.Find(RestlessAddress), again.GetStatistics().Quarantined));
    }

    [Fact]
    public async Task Peer_ThatLacksWhatItsAddressPromised_Rests()
    {
        const NodeServices wallet = NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters;
        await using var network = await StartAsync(services: wallet);
        await Eventually.TrueAsync(() => network.GetStatistics().Quarantined == 1);
        Assert.Equal(1, network.GetFacts(RestlessAddress).QuarantineTimes);
        Assert.Equal(NodeServices.Network | NodeServices.Witness, network.GetFacts(RestlessAddress).Services);
    }

    [Fact]
    public async Task Quarantine_TurnedOff_KeepsNothing()
    {
        await using var network = await StartAsync(new PeerPolicies { FeelerInterval = null, ExtraNetworkInterval = null, Quarantine = null });
        await AdvanceUntilAsync(() => _dials.Count >= 2);
        Assert.Equal(0, network.GetStatistics().Quarantined);
    }

    private static async Task ReadUntilAsync(Stream stream, byte[] text, CancellationToken token)
    {
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (received.ToArray().AsSpan().IndexOf(text) < 0 && await stream.ReadAsync(buffer, token) is > 0 and var read)
            received.AddRange(buffer.AsSpan(0, read));
    }

    private async Task<PeerNetwork> StartAsync(
        PeerPolicies? policies = null,
        NodeServices services = NodeServices.Network | NodeServices.Witness,
        int targetOutbound = 1,
        Action<PeerNetwork>? configure = null)
    {
        var steady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var book = new AddressBook(new AddressBookOptions { TimeProvider = _time });
        book.Add(new PeerAddress(RestlessAddress, (ulong)services, _time.GetUtcNow()), RestlessAddress.Address);
        var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = book,
            Dial = async (endPoint, token) =>
            {
                if (!endPoint.Equals(Restless))
                    return await _memory.DialAsync(endPoint, token);
                await steady.Task.WaitAsync(token); // Without any other peer, an end proves nothing.
                _dials.Enqueue(_time.GetUtcNow());
                return await _memory.DialAsync(endPoint, token);
            },
            OnPeer = (peer, _) =>
            {
                if (Steady.Equals(peer.RemoteEndPoint))
                    steady.TrySetResult();
                return ValueTask.CompletedTask;
            },
            PermanentPeers = [Steady],
            TargetOutbound = targetOutbound,
            Policies = policies ?? new PeerPolicies { FeelerInterval = null, ExtraNetworkInterval = null },
            Protocol = new() { RequiredServices = services, Transport = TransportPolicy.V1Only, PongTimeout = TimeSpan.FromDays(1) }, // None is answered.
            DataDirectory = _folder.FullName,
            TimeProvider = _time,

            // A step of the clock may meet a dial or a handshake, and must not end it.
            Configure = static manager => manager.DialTimeout = manager.HandshakeTimeout = TimeSpan.FromDays(1),
        });
        configure?.Invoke(network);
        await network.StartAsync(Cancellation);
        await steady.Task.WaitAsync(Cancellation);
        return network;
    }

    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancellation.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancellation);
        }
    }
}
