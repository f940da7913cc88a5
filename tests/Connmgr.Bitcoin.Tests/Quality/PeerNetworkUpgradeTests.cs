using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin.Tests.Network;

namespace Connmgr.Bitcoin.Tests.Quality;

/// <summary>A network full of peers with a low rating, that learns of others with a high one. In virtual time.</summary>
public sealed class PeerNetworkUpgradeTests : IAsyncDisposable
{
    private const int Target = 4;

    /// <summary>A time that does not run out before the work is done, however slow the machine.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromDays(10);

    private readonly VirtualPeers _world = new();
    private readonly ConcurrentQueue<DateTimeOffset> _goodDials = new();

    private CancellationToken Cancellation => _world.Cancellation;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Upgrade_BetterCandidates_TakeThePlacesOfTheYoungerHalfOneAfterTheOther()
    {
        var options = CreateOptions();
        options.Policies = options.Policies with { Upgrade = new PeerUpgrade() };
        var start = _world.Time.GetUtcNow();
        await using var network = await StartAsync(options);
        var first = await GetPeersAsync(network);
        var oldest = first.OrderByDescending(static peer => peer.Connection!.Age).ThenBy(static peer => peer.Id).Take(Target / 2).ToArray();
        AddGood(10);
        await _world.AdvanceUntilAsync(network, async () => (await GetPeersAsync(network)).Count(IsGood) == Target / 2);

        var old = (await GetPeersAsync(network)).Intersect(first);
        Assert.Equal(oldest.Select(static peer => peer.Id).Order(), old.Select(static peer => peer.Id).Order());
        Assert.All(await Task.WhenAll(first.Except(oldest).Select(peer => peer.Closed.WaitAsync(Cancellation))), static reason => Assert.Equal(DisconnectCause.Replaced, reason.Cause));
        Assert.All(_goodDials.Select((time, index) => (time, index)), dial => Assert.InRange(dial.time, start + ((dial.index + 1) * TimeSpan.FromMinutes(3)), DateTimeOffset.MaxValue));
    }

    /// <summary>Checks a regression: the group with the worst peer was the only one that was looked at, although nothing better was to be had for it.</summary>
    [Fact]
    public async Task Upgrade_NothingBetterForTheGroupWithTheWorstPeer_GoesToAnotherGroup()
    {
        var options = CreateOptions();
        options.Policies = options.Policies with { Upgrade = new PeerUpgrade() };
        options.TargetOutbound = ConnectionManagerDefaults.TargetOutbound;
        options.Groups = [new("slow", 2) { Networks = AddressNetworks.IPv6 }, new("other", 2) { Networks = AddressNetworks.IPv4 }];
        options.GetRating = static facts => new PeerRating(new PeerRatingReason("network", ((IPEndPoint)facts.EndPoint!).Address.GetAddressBytes() is { Length: 4 } address ? address[0] : -50));
        for (byte i = 1; i <= 4; i++)
            _world.Add($"2a0{i}:1::1");
        await using var network = await StartAsync(options);
        AddGood(10);
        await _world.AdvanceUntilAsync(network, async () => (await GetPeersAsync(network)).Any(IsGood));
        Assert.All((await GetPeersAsync(network)).Where(IsGood), static peer => Assert.Equal("other", peer.Group));
    }

    /// <summary>Checks a regression: an exception of the program's rating ended the upgrade for good.</summary>
    [Fact]
    public async Task Upgrade_TheRatingThrows_GoesOnLater()
    {
        var options = CreateOptions();
        options.Policies = options.Policies with { Upgrade = new PeerUpgrade() };
        var (rate, calls) = (options.GetRating, 0);
        options.GetRating = facts => Interlocked.Increment(ref calls) <= 3 ? throw new InvalidOperationException("It has a bad day.") : rate(facts);
        await using var network = await StartAsync(options);
        AddGood(10);
        await _world.AdvanceUntilAsync(network, async () => (await GetPeersAsync(network)).Any(IsGood));
        Assert.True(calls > 3);
    }

    [Fact]
    public async Task ReplaceAsync_ByABetterOne_KeepsTheNumber()
    {
        await using var network = await StartAsync(CreateOptions());
        var worst = (await GetPeersAsync(network))[0];
        AddGood(3);
        var replacing = network.ReplaceAsync(worst, IsGood, Long, Cancellation);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(replacing.IsCompleted));
        Assert.True(await replacing);
        Assert.Equal(DisconnectCause.Replaced, (await worst.Closed.WaitAsync(Cancellation)).Cause);
        var peers = await GetPeersAsync(network);
        Assert.Equal((Target, 1), (peers.Length, peers.Count(IsGood)));
        Assert.Equal(1, network.GetStatistics().Replaced);
    }

    [Fact]
    public async Task ReplaceAsync_WithoutABetterOne_IsFalseInTheEnd()
    {
        await using var network = await StartAsync(CreateOptions());
        var worst = (await GetPeersAsync(network))[0];
        var replacing = network.ReplaceAsync(worst, IsGood, TimeSpan.FromMinutes(2), Cancellation);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(replacing.IsCompleted));
        Assert.False(await replacing);
        Assert.False(worst.Closed.IsCompleted);
        Assert.Equal(0, network.GetStatistics().Replaced);
        await Eventually.TrueAsync(async () => (await network.Connections.GetSnapshotAsync(Cancellation)).Connections.Length == Target); // Trials have ended.
    }

    /// <summary>Checks a regression: the search went on until its time was over, with one trial after the other that could take no place.</summary>
    [Fact]
    public async Task ReplaceAsync_ThePeerLeaves_IsFalseAtOnce()
    {
        await using var network = await StartAsync(CreateOptions());
        var worst = (await GetPeersAsync(network))[0];
        var replacing = network.ReplaceAsync(worst, IsGood, Long, Cancellation);
        worst.Close("it leaves");
        Assert.False(await replacing.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task RotateAsync_SomeOfAGroup_EndsAsMany()
    {
        await using var network = await StartAsync(CreateOptions());
        var first = await GetPeersAsync(network);
        AddGood(10);
        var rotating = network.RotateAsync("default", 2, Long, Cancellation);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(rotating.IsCompleted));
        Assert.Equal(2, await rotating);
        var peers = await GetPeersAsync(network);
        Assert.Equal((Target, Target - 2), (peers.Length, peers.Intersect(first).Count()));
    }

    [Fact]
    public async Task RotateAsync_AllOfAGroup_LeavesThoseThatTheProgramProtects()
    {
        await using var network = await StartAsync(CreateOptions());
        var first = await GetPeersAsync(network);
        first[0].Connection!.Protect("it follows the best chain");
        AddGood(10);
        var rotating = network.RotateAsync("default", Target, Long, Cancellation);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(rotating.IsCompleted));
        Assert.Equal(Target - 1, await rotating);
        Assert.Equal([first[0]], (await GetPeersAsync(network)).Intersect(first));
    }

    [Fact]
    public async Task RotateAsync_WrongArguments_SaysSo()
    {
        await using var network = await StartAsync(CreateOptions());
        var peer = (await GetPeersAsync(network))[0];
        foreach (var within in (TimeSpan[])[TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.MaxValue])
        {
            Assert.Throws<ArgumentOutOfRangeException>("within", () => { _ = network.RotateAsync("default", 1, within, Cancellation); });
            Assert.Throws<ArgumentOutOfRangeException>("within", () => { _ = network.ReplaceAsync(peer, isBetter: null, within, Cancellation); });
        }

        var unknown = Assert.Throws<ArgumentException>("group", () => { _ = network.RotateAsync("Default", 1, Long, Cancellation); });
        Assert.Contains("'Default': use default", unknown.Message, StringComparison.Ordinal);
    }

    private static bool IsGood(BitcoinPeer peer) => ((IPEndPoint)peer.RemoteEndPoint!).Address.GetAddressBytes() is { Length: 4 } address && address[0] >= 100;

    private static async Task<BitcoinPeer[]> GetPeersAsync(PeerNetwork network) =>
        [.. (await network.Connections.GetSnapshotAsync()).Connections.Where(static each => each.Connection.Group is not null).Select(static each => (BitcoinPeer)each.Connection.UserState!)];

    private PeerNetworkOptions CreateOptions() => new()
    {
        Chain = ChainParameters.Regtest,
        Book = _world.Book,
        Dial = async (endPoint, token) =>
        {
            if (((IPEndPoint)endPoint).Address.GetAddressBytes() is { Length: 4 } address && address[0] >= 100)
                _goodDials.Enqueue(_world.Time.GetUtcNow());
            return await _world.DialAsync(endPoint, token);
        },
        TargetOutbound = Target,
        GetRating = static facts => new PeerRating(new PeerRatingReason("first byte", ((IPEndPoint)facts.EndPoint!).Address.GetAddressBytes()[0])),
        Policies = new PeerPolicies { FeelerInterval = null, ExtraNetworkInterval = null },
        Configure = static manager => manager.DialTimeout = manager.HandshakeTimeout = manager.DialHedgeDelay = TimeSpan.FromDays(1), // A step of the clock may meet a dial.
        TimeProvider = _world.Time,
    };

    private async Task<PeerNetwork> StartAsync(PeerNetworkOptions options)
    {
        for (var i = 0; i < Target + 4; i++)
            Add((byte)(20 + i));
        var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        return network;
    }

    private void AddGood(int count)
    {
        for (var i = 0; i < count; i++)
            Add((byte)(100 + i));
    }

    private void Add(byte first) => _world.Add(new IPAddress([first, 1, 1, 1]).ToString());
}
