using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Who has joined and left, and what watchers are told.</summary>
public class PeerDirectoryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Peers_AfterJoinAndEnd_AreThosePresent()
    {
        var directory = new PeerDirectory();
        var peers = await TestPeers.ManyAsync(3);
        Assert.Empty(directory.Peers);
        foreach (var peer in peers)
            directory.Add(peer);
        Assert.Equal(peers.ToHashSet(), directory.Peers.ToHashSet());
        directory.End(peers[1]);
        Assert.Equal(new HashSet<BitcoinPeer> { peers[0], peers[2] }, directory.Peers.ToHashSet());
        Assert.False(directory.Contains(peers[1]));
    }

    [Fact]
    public async Task Watch_TellsOfPresentPeersFirst_ThenOfEachChange_AndEnds()
    {
        var directory = new PeerDirectory();
        var peers = await TestPeers.ManyAsync(2);
        directory.Add(peers[0]);
        await using var watch = directory.WatchAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.Same(peers[0], (await NextAsync<PeerJoined>(watch)).Peer);

        var next = watch.MoveNextAsync().AsTask();
        directory.Add(peers[1]);
        Assert.True(await next.WaitAsync(TestPeers.Patience, Ct));
        Assert.Same(peers[1], Assert.IsType<PeerJoined>(watch.Current).Peer);

        directory.Move(peers[1], null, "a");
        Assert.Equal((null, "a"), (await NextAsync<PeerMoved>(watch)) is var moved ? (moved.From, moved.To) : default);

        directory.End(peers[0]);
        await TestPeers.EndAsync(peers[0], "enough");
        var left = await NextAsync<PeerLeft>(watch);
        Assert.Same(peers[0], left.Peer);
        Assert.Equal("Closed: enough", left.Reason.ToString());

        var complete = directory.CompleteAsync();
        Assert.False(complete.IsCompleted);
        await TestPeers.EndAsync(peers[1], "the end");
        await complete.WaitAsync(TestPeers.Patience, Ct);
        Assert.Same(peers[1], (await NextAsync<PeerLeft>(watch)).Peer);
        Assert.False(await watch.MoveNextAsync());
        Assert.Empty(await directory.WatchAsync(Ct).ToListAsync(Ct)); // No peer, and no change follows.
    }

    [Fact]
    public async Task Watch_WhileAPeerEnds_TellsOfItsJoinBeforeItsEnd()
    {
        var directory = new PeerDirectory();
        var peer = Assert.Single(await TestPeers.ManyAsync(1));
        directory.Add(peer);
        directory.End(peer); // Its reason is not known yet.
        await using var watch = directory.WatchAsync(Ct).GetAsyncEnumerator(Ct);
        await NextAsync<PeerJoined>(watch);
        await TestPeers.EndAsync(peer, "enough");
        await NextAsync<PeerLeft>(watch);
    }

    /// <summary>A peer that joined and left between the two was missed.</summary>
    [Fact]
    public async Task Watch_BeforeTheFirstMove_MissesNothing()
    {
        var directory = new PeerDirectory();
        var peer = Assert.Single(await TestPeers.ManyAsync(1));
        await using var watch = directory.WatchAsync(Ct).GetAsyncEnumerator(Ct);
        directory.Add(peer);
        directory.End(peer);
        await TestPeers.EndAsync(peer, "enough");
        Assert.Same(peer, (await NextAsync<PeerJoined>(watch)).Peer);
        Assert.Same(peer, (await NextAsync<PeerLeft>(watch)).Peer);
    }

    [Fact]
    public async Task Watch_Canceled_ThrowsAndIsForgotten()
    {
        var directory = new PeerDirectory();
        using var cancel = new CancellationTokenSource();
        await using var watch = directory.WatchAsync(cancel.Token).GetAsyncEnumerator(cancel.Token);
        var next = watch.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Watcher_ThatDoesNotRead_KeepsABoundedNumber_AndIsToldTheSum()
    {
        var watcher = new PeerWatcher(capacity: 10);
        var peers = await TestPeers.ManyAsync(30);
        foreach (var peer in peers)
            watcher.Add(new PeerJoined(peer)); // More than its capacity, none of which can be left out.
        for (var round = 0; round < 100; round++)
        {
            foreach (var peer in peers)
                watcher.Add(new PeerMoved(peer, $"{round}", $"{round + 1}"));
            Assert.InRange(watcher.Count, 1, 2 * peers.Length);
        }

        foreach (var peer in peers)
            watcher.Add(new PeerLeft(peer, new(DisconnectCause.Closed)));
        Assert.InRange(watcher.Count, 0, 2 * peers.Length);
    }

    /// <summary>Whoever is told the sum of some changes knows what they would know by all of them.</summary>
    [Fact]
    public async Task Merge_OfAnyChanges_LeadsToTheSameState_AndTellsOfEachPeerOnce()
    {
        var peers = await TestPeers.ManyAsync(4);
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3]).Array[0, 40].Sample(steps =>
        {
            // Two peers are known to the watcher, in group "a"; two join. A peer joins and leaves once.
            var groups = new Dictionary<BitcoinPeer, string> { [peers[0]] = "a", [peers[1]] = "a" };
            var known = new Dictionary<BitcoinPeer, string>(groups);
            var gone = new HashSet<BitcoinPeer>();
            var changes = new List<PeerChange>();
            foreach (var (who, what) in steps)
            {
                var peer = peers[who];
                if (gone.Contains(peer))
                    continue;
                if (!groups.TryGetValue(peer, out var from))
                {
                    groups.Add(peer, "new");
                    changes.Add(new PeerJoined(peer));
                }
                else if (what == 0)
                {
                    groups.Remove(peer);
                    gone.Add(peer);
                    changes.Add(new PeerLeft(peer, new(DisconnectCause.Closed)));
                }
                else
                {
                    groups[peer] = $"{what}";
                    changes.Add(new PeerMoved(peer, from, $"{what}"));
                }
            }

            var merged = PeerWatcher.Merge(changes).ToList();
            Assert.Equal(merged.Count, merged.Select(static change => change.Peer).Distinct().Count());
            foreach (var change in merged)
            {
                switch (change)
                {
                    case PeerJoined:
                        known.Add(change.Peer, groups[change.Peer]); // The peer itself says where it is.
                        break;
                    case PeerLeft:
                        Assert.True(known.Remove(change.Peer));
                        break;
                    case PeerMoved moved:
                        Assert.Equal(known[change.Peer], moved.From);
                        known[change.Peer] = moved.To;
                        break;
                }
            }

            Assert.Equal(groups, known);
        });
    }

    private static async Task<T> NextAsync<T>(IAsyncEnumerator<PeerChange> watch)
        where T : PeerChange
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TestPeers.Patience, Ct));
        return Assert.IsType<T>(watch.Current);
    }
}
