using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>A network that connects peers in addition to its target. In virtual time.</summary>
public sealed class ExtraPeersTests : IAsyncDisposable
{
    private readonly VirtualPeers _world = new();
    private ImmutableArray<PeerGroup> _groups = [new("full", 3), new("block-relay", 2) { Relay = false, Gossip = false }];

    private CancellationToken Cancellation => _world.Cancellation;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task ExtraBlockRelay_ProvidesABlock_TakesThePlaceOfTheYoungest()
    {
        await using var network = await StartAsync(PeerPolicies.None with { ExtraBlockRelayInterval = TimeSpan.FromMinutes(1) });
        var youngest = (await VirtualPeers.GetGroupAsync(network, "block-relay")).MaxBy(static peer => peer.Id)!;
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraBlockRelay);
        Assert.Equal("block-relay", extra.Connection!.Profile);
        extra.ReportUsefulBlock();

        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(youngest.Closed.IsCompleted));
        Assert.Equal(DisconnectCause.Replaced, (await youngest.Closed.WaitAsync(Cancellation)).Cause);
        Assert.Equal("block-relay", extra.Group);
        Assert.Equal(PeerPurpose.Automatic, PeerNetwork.GetPurpose(extra.Connection!));
    }

    /// <summary>Checks a regression: the book gave its readers the time until which a block-relay-only peer was connected.</summary>
    [Fact]
    public async Task BlockRelayPeer_Ends_TheBookDoesNotTellUntilWhenItWasConnected()
    {
        await using var network = await StartAsync(PeerPolicies.None);
        var (full, blockRelay) = ((await VirtualPeers.GetGroupAsync(network, "full"))[0], (await VirtualPeers.GetGroupAsync(network, "block-relay"))[0]);
        var before = _world.Time.GetUtcNow();
        _world.Time.Advance(TimeSpan.FromHours(1));
        await network.StopAsync(Cancellation); // Their ends are recorded by then.
        Assert.Equal(before + TimeSpan.FromHours(1), GetLastSeen(full));
        Assert.Equal(before, GetLastSeen(blockRelay));

        DateTimeOffset GetLastSeen(BitcoinPeer peer) =>
            NetworkEndPoint.TryFromEndPoint(peer.RemoteEndPoint, out var endPoint) && _world.Book.TryGet(endPoint, out var entry) ? entry.Address.LastSeen : throw new InvalidOperationException("The book forgot it.");
    }

    [Fact]
    public async Task ExtraBlockRelay_ProvidesNoBlock_EndsAndIsFollowedByAnother()
    {
        await using var network = await StartAsync(PeerPolicies.None with { ExtraBlockRelayInterval = TimeSpan.FromMinutes(1) });
        var peers = await VirtualPeers.GetGroupAsync(network, "block-relay");
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraBlockRelay);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(extra.Closed.IsCompleted));
        Assert.Equal(DisconnectCause.Closed, (await extra.Closed.WaitAsync(Cancellation)).Cause);
        Assert.Equal(peers, await VirtualPeers.GetGroupAsync(network, "block-relay"));

        Assert.NotSame(extra, await WaitForExtraAsync(network, PeerPurpose.ExtraBlockRelay));
    }

    [Fact]
    public async Task ReportStaleTip_AllPeersSilent_TriesOneMoreAndKeepsTheOthers()
    {
        await using var network = await StartAsync(PeerPolicies.None);
        var peers = await VirtualPeers.GetGroupAsync(network, "full");
        network.ReportStaleTip();
        network.ReportStaleTip();
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraFull);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(extra.Closed.IsCompleted));
        Assert.Equal(peers, await VirtualPeers.GetGroupAsync(network, "full"));
        var end = _world.Time.GetUtcNow() + TimeSpan.FromMinutes(2);
        await _world.AdvanceUntilAsync(network, async () => await CountAsync(network) == 5 ? _world.Time.GetUtcNow() >= end : throw new InvalidOperationException("One report led to two peers."));

        network.ReportStaleTip(); // The reports before counted as one; this is another.
        Assert.NotSame(extra, await WaitForExtraAsync(network, PeerPurpose.ExtraFull));
    }

    /// <summary>Checks a regression: nothing else was done any more, since the report asked for a peer that no group takes.</summary>
    [Fact]
    public async Task ReportStaleTip_WithoutAGroupOfFullPeers_HasNoEffect()
    {
        _groups = [new("block-relay", 2) { Relay = false, Gossip = false }];
        await using var network = await StartAsync(PeerPolicies.None with { ExtraBlockRelayInterval = TimeSpan.FromMinutes(1) });
        network.ReportStaleTip();
        await WaitForExtraAsync(network, PeerPurpose.ExtraBlockRelay);
    }

    [Fact]
    public async Task ReportStaleTip_TheExtraPeerProvidesABlock_TakesThePlaceOfTheOneWithTheOldestBlock()
    {
        await using var network = await StartAsync(PeerPolicies.None);
        var peers = await VirtualPeers.GetGroupAsync(network, "full");
        foreach (var peer in (BitcoinPeer[])[peers[1], peers[0], peers[2]])
        {
            peer.ReportUsefulBlock();
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        network.ReportStaleTip();
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraFull);
        extra.ReportUsefulBlock();
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(peers[1].Closed.IsCompleted));
        Assert.Equal(DisconnectCause.Replaced, (await peers[1].Closed.WaitAsync(Cancellation)).Cause);
        Assert.Equal([peers[0], peers[2], extra], await VirtualPeers.GetGroupAsync(network, "full"));
    }

    [Fact]
    public async Task ReportStaleTip_ThePeersAreProtected_EndsTheExtraPeer()
    {
        await using var network = await StartAsync(PeerPolicies.None);
        var peers = await VirtualPeers.GetGroupAsync(network, "full");
        foreach (var peer in peers)
            peer.Connection!.Protect("it follows the best chain");
        network.ReportStaleTip();
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraFull);
        extra.ReportUsefulBlock();
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(extra.Closed.IsCompleted));
        Assert.Equal(peers, await VirtualPeers.GetGroupAsync(network, "full"));
    }

    [Fact]
    public async Task ExtraNetwork_ANetworkWithoutAPeer_GetsOneInThePlaceOfTheYoungest()
    {
        await using var network = await StartAsync(PeerPolicies.None with { ExtraNetworkInterval = TimeSpan.FromMinutes(1) });
        var peers = await VirtualPeers.GetGroupAsync(network, "full");
        _world.Add("2a01:1::1");
        await _world.AdvanceUntilAsync(network, async () => (await VirtualPeers.GetGroupAsync(network, "full")).Any(IsIPv6));
        Assert.Equal(peers[..2], (await VirtualPeers.GetGroupAsync(network, "full"))[..2]);
        Assert.Equal(DisconnectCause.Replaced, (await peers[2].Closed.WaitAsync(Cancellation)).Cause);
    }

    /// <summary>Checks a regression: the extra peer of a network stayed when an automatic peer of the network arrived.</summary>
    [Fact]
    public async Task ExtraNetwork_AnAutomaticPeerOfTheNetworkArrives_NoPeerIsTooMany()
    {
        _groups = [new("full", 1)];
        await using var network = await StartAsync(PeerPolicies.None with { ExtraNetworkInterval = TimeSpan.FromMinutes(1) }, addresses: 1);
        _world.Add("2a01:1::1");
        await WaitForExtraAsync(network, PeerPurpose.ExtraNetwork); // Each is the only peer of its network, so both stay.
        _world.Add("2a02:2::1");
        _groups = [new("full", 2)];
        await network.SetGroupsAsync(_groups, Cancellation);
        await _world.AdvanceUntilAsync(network, async () => await CountAsync(network) == 2 && (await VirtualPeers.GetGroupAsync(network, "full")).Length == 2, isFilling: true);
        Assert.Single(await VirtualPeers.GetGroupAsync(network, "full"), IsIPv6);
    }

    [Fact]
    public async Task ReportStaleTip_ItsGroupIsRemoved_TheExtraPeerEnds()
    {
        await using var network = await StartAsync(PeerPolicies.None);
        network.ReportStaleTip();
        var extra = await WaitForExtraAsync(network, PeerPurpose.ExtraFull);
        await network.SetGroupsAsync(_groups.RemoveAt(0), Cancellation);
        await _world.AdvanceUntilAsync(network, () => ValueTask.FromResult(extra.Closed.IsCompleted));
        Assert.Equal("no group is left that it could join", (await extra.Closed.WaitAsync(Cancellation)).Detail);
    }

    [Fact]
    public async Task Anchors_GroupOfBlockRelayPeers_AreItsPeersAndForIt()
    {
        var folder = Directory.CreateTempSubdirectory("connmgr-anchors-");
        try
        {
            HashSet<EndPoint> before;
            await using (var network = await StartAsync(PeerPolicies.None with { Anchors = true }, folder: folder.FullName))
                before = [.. (await VirtualPeers.GetGroupAsync(network, "block-relay")).Select(static peer => peer.RemoteEndPoint!)];
            await using var again = await StartAsync(PeerPolicies.None with { Anchors = true }, folder: folder.FullName);
            var anchors = await VirtualPeers.GetGroupAsync(again, "block-relay");
            Assert.Equal(2, again.GetStatistics().Anchors);
            Assert.All(anchors, anchor => Assert.Equal(PeerPurpose.Anchor, PeerNetwork.GetPurpose(anchor.Connection!)));
            Assert.True(before.SetEquals(anchors.Select(static peer => peer.RemoteEndPoint!)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsIPv6(BitcoinPeer peer) => ((IPEndPoint)peer.RemoteEndPoint!).Address.GetAddressBytes().Length == 16;

    private static async Task<int> CountAsync(PeerNetwork network) => (await network.Connections.GetSnapshotAsync()).Connections.Length;

    private async Task<BitcoinPeer> WaitForExtraAsync(PeerNetwork network, PeerPurpose purpose)
    {
        BitcoinPeer? extra = null;
        await _world.AdvanceUntilAsync(network, async () =>
        {
            extra = (await network.Connections.GetSnapshotAsync(Cancellation)).Connections
                .Where(each => PeerNetwork.GetPurpose(each.Connection) == purpose)
                .Select(static each => each.Connection.UserState as BitcoinPeer).SingleOrDefault();
            return extra is not null;
        });
        return extra!;
    }

    private async Task<PeerNetwork> StartAsync(PeerPolicies policies, int addresses = 12, string? folder = null)
    {
        for (var i = 0; i < addresses; i++)
            _world.Add(new IPAddress([(byte)(20 + i), 1, 1, 1]).ToString());
        var network = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            Book = _world.Book,
            Dial = _world.DialAsync,
            Groups = [.. _groups],
            Policies = policies,
            DataDirectory = folder,
            Configure = static manager => manager.DialTimeout = manager.HandshakeTimeout = manager.DialHedgeDelay = TimeSpan.FromDays(1),
            TimeProvider = _world.Time,
        });
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        return network;
    }
}
