using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>
/// PeerNetwork with all its parts: seeds, gossip, book, files, policies. In real time; every wait is for an event or a state, with the
/// test's deadline.
/// </summary>
public class PeerNetworkBookTests
{
    private const NodeServices LightWallet = NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters;

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhenFull_FromNothing_FindsPeersBySeedsAndGossip()
    {
        await using var world = new BookedSandbox();
        var time = new CountingTimeProvider(TimeProvider.System);
        var options = world.Options();
        options.TimeProvider = time;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics() is { Gossip.Stored: > 0, Seeds.Length: 2 }); // It may be full before the second seed answers.

        var statistics = network.GetStatistics();
        Assert.Equal(2, statistics.Seeds.Length);
        Assert.All(statistics.Seeds, seed => Assert.Equal((SeedKind.Dns, 25, SeedFailure.None), (seed.Kind, seed.AddressCount, seed.Failure)));
        Assert.InRange(network.Book.GetCount(tables: AddressTables.Tried), BookedSandbox.LeastTried, 80);
        Assert.Equal(5, statistics.Book.Length);
        Assert.Null(statistics.BookSavedAt);
        var peers = await network.GetPeersAsync(Cancellation);
        Assert.Equal(8, peers.Select(peer => Netgroup.FromEndPoint(peer.Connection.RemoteEndPoint)).Distinct().Count());
        Assert.All(peers, peer => Assert.Equal(PeerPurpose.Automatic, PeerNetwork.GetPurpose(peer.Connection)));
        Assert.All(peers, peer =>
        {
            Assert.True(NetworkEndPoint.TryFromEndPoint(peer.Connection.RemoteEndPoint, out var endPoint));
            Assert.True(network.Book.TryGet(endPoint, out var entry));
            Assert.NotNull(entry.LastSuccess);
        });

        await network.StopAsync(Cancellation);
        Assert.Equal(network.Book.Count, network.GetStatistics().Book.Sum(count => count.New + count.Tried));
        await world.Sandbox.DisposeAsync();
        world.Sandbox.Network.EnsureNoLeaks();
        Assert.Equal(0, time.Timers);
    }

    [Fact]
    public async Task Restart_WithADataDirectory_BeginsWithTheAnchorsAndAsksNoDns()
    {
        await using var world = new BookedSandbox();
        HashSet<EndPoint> before;
        await using (var network = new PeerNetwork(world.Options(keeps: true)))
        {
            await network.StartAsync(Cancellation);
            await network.WhenFullAsync(Cancellation);
            before = [.. (await network.GetPeersAsync(Cancellation)).Select(peer => peer.Connection.RemoteEndPoint!)];
        }

        Assert.True(File.Exists(world.Files.Peers));
        Assert.True(File.Exists(world.Files.Anchors));
        Assert.False(File.Exists(world.Files.Running));
        world.HasDns = false;
        var lookups = world.Lookups;
        var options = world.Options(keeps: true);
        options.Configure = static manager => manager.DialHedgeDelay = TimeSpan.FromMinutes(1); // On a machine that pauses, an anchor's slot would go to another.
        await using var again = new PeerNetwork(options);
        await again.StartAsync(Cancellation);
        await again.WhenFullAsync(Cancellation);
        var anchors = (await again.GetPeersAsync(Cancellation)).Where(peer => PeerNetwork.GetPurpose(peer.Connection) == PeerPurpose.Anchor).ToArray();
        Assert.Equal(2, anchors.Length);
        Assert.All(anchors, anchor => Assert.Contains(anchor.Connection.RemoteEndPoint!, before));
        Assert.Equal(2, again.GetStatistics().Anchors);
        Assert.Equal(lookups, world.Lookups);
    }

    [Fact]
    public async Task Restart_WithAnchorsTurnedOff_KeepsNone()
    {
        await using var world = new BookedSandbox();
        var options = world.Options(keeps: true);
        options.Policies = PeerPolicies.None;
        await using (var network = new PeerNetwork(options))
        {
            await network.StartAsync(Cancellation);
            await network.WhenFullAsync(Cancellation);
        }

        Assert.True(File.Exists(world.Files.Peers));
        Assert.False(File.Exists(world.Files.Anchors));
    }

    [Fact]
    public async Task Running_WritesTheBookAndIsNotedAsRunning_SoThatAKillLosesLittle()
    {
        await using var world = new BookedSandbox();
        await using var network = new PeerNetwork(world.Options(keeps: true));
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics().BookSavedAt is not null);
        Assert.True(File.Exists(world.Files.Running));

        // What was written first may be from before it was full: then it is written again, unless most was in it.
        await Eventually.TrueAsync(async () =>
        {
            var saved = await PeersFile.LoadAsync(world.Files.Peers, SandboxNetwork.Chain.Magic, cancellationToken: Cancellation);
            return saved.GetCount(tables: AddressTables.Tried) is > 0 and var tried && tried * 2 >= network.Book.GetCount(tables: AddressTables.Tried);
        });
    }

    [Fact]
    public async Task Start_OnADirectoryInUse_FailsClearlyAndCanBeTriedAgain()
    {
        await using var world = new BookedSandbox();
        await using var second = new PeerNetwork(world.Options(keeps: true));
        await using (var first = new PeerNetwork(world.Options(keeps: true)))
        {
            await first.StartAsync(Cancellation);
            var error = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Cancellation));
            Assert.Contains("another PeerNetwork", error.Message, StringComparison.Ordinal);
        }

        await second.StartAsync(Cancellation);
        await second.WhenFullAsync(Cancellation);
    }

    [Fact]
    public async Task Start_WithADamagedBook_GoesOnWithANewOne()
    {
        await using var world = new BookedSandbox();
        Directory.CreateDirectory(world.Files.Folder);
        await File.WriteAllTextAsync(world.Files.Peers, "damaged", Cancellation);
        await using var network = new PeerNetwork(world.Options(keeps: true));
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.True(File.Exists(world.Files.Peers + ".bad"));
        Assert.Contains(world.Files.Peers + ".bad", Assert.Single(network.GetStatistics().Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_OfTheConnectionsAlone_EndsEverythingAndWrites()
    {
        await using var world = new BookedSandbox();
        var time = new CountingTimeProvider(TimeProvider.System);
        var options = world.Options(keeps: true);
        options.TimeProvider = time;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        network.Connections.RequestStop();
        await network.Connections.Completion.WaitAsync(Cancellation);
        await Eventually.TrueAsync(() => !File.Exists(world.Files.Running));
        Assert.True(File.Exists(world.Files.Anchors));
        await network.StopAsync(Cancellation);
        Assert.Equal(0, time.Timers);
    }

    [Fact]
    public async Task StopAsync_NeverStarted_WritesNothing()
    {
        await using var world = new BookedSandbox();
        await new PeerNetwork(world.Options(keeps: true)).DisposeAsync();
        Assert.Empty(Directory.GetFileSystemEntries(world.Folder));
        await using var stopped = new PeerNetwork(world.Options(keeps: true));
        await stopped.StopAsync(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => stopped.StartAsync(Cancellation));
    }

    [Fact]
    public async Task Feelers_MoveAddressesToTheTriedTable_AndEnd()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.Book = new AddressBook();
        options.TargetOutbound = 1;
        options.Policies = new PeerPolicies { FeelerInterval = TimeSpan.FromMilliseconds(20), ExtraNetworkInterval = null };
        await using var network = new PeerNetwork(options);
        await using var events = network.Connections.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await network.StartAsync(Cancellation);
        var feelers = new List<(Connection Connection, DisconnectReason Reason)>();
        while (feelers.Count < 2 && await events.MoveNextAsync())
        {
            if (events.Current is ConnectionClosed closed && PeerNetwork.GetPurpose(closed.Connection) == PeerPurpose.Feeler)
                feelers.Add((closed.Connection, closed.Reason));
        }

        await Eventually.TrueAsync(() => network.GetStatistics().FeelersAnswered >= 2);
        Assert.All(feelers, feeler => Assert.Equal("it was a feeler, and the peer is there", feeler.Reason.Detail));
        Assert.All(feelers, feeler =>
        {
            Assert.True(NetworkEndPoint.TryFromEndPoint(feeler.Connection.RemoteEndPoint, out var endPoint));
            Assert.True(network.Book.TryGet(endPoint, out var entry));
            Assert.NotNull(entry.LastSuccess);
        });
        await Eventually.TrueAsync(async () => (await network.Connections.GetSnapshotAsync(Cancellation)).Count(ConnectionKind.Automatic) == 1);
    }

    [Fact]
    public async Task ExtraNetwork_AReachableNetworkWithoutAPeer_GetsOneBesideTheTarget()
    {
        await using var world = new BookedSandbox(options => options.IPv6Share = 0.5);
        var options = world.Options();
        options.Chain = SandboxNetwork.Chain;
        options.Book = new AddressBook();
        options.TargetOutbound = 2;
        options.ConfigureGossip = gossip => gossip.AskOutboundPeers = false;
        options.Policies = new PeerPolicies { FeelerInterval = null, ExtraNetworkInterval = TimeSpan.FromMilliseconds(20) };
        await using var network = new PeerNetwork(options);
        world.Fill(network.Book, host => host.EndPoint.Address.GetAddressBytes().Length == 4);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        world.Fill(network.Book, host => host.EndPoint.Address.GetAddressBytes().Length == 16);

        (BitcoinPeer Peer, Connection Connection)[] extra = [];
        await Eventually.TrueAsync(async () =>
        {
            extra = [.. (await network.GetPeersAsync(Cancellation)).Where(peer => PeerNetwork.GetPurpose(peer.Connection) == PeerPurpose.ExtraNetwork)];
            return extra.Length > 0;
        });
        Assert.Equal(16, ((IPEndPoint)Assert.Single(extra).Connection.RemoteEndPoint!).Address.GetAddressBytes().Length);
        Assert.Equal(2, (await network.Connections.GetSnapshotAsync(Cancellation)).Count(ConnectionKind.Automatic));
    }

    /// <summary>
    /// Checks a regression: seeds were asked only if the target was above 0 at the start, so raising it later found no peer.
    /// </summary>
    [Fact]
    public async Task SetTargetOutbound_From0_AsksTheSeedsThen()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.TargetOutbound = 0;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.Connections.GetSnapshotAsync(Cancellation);
        Assert.Equal(0, world.Lookups);

        await network.Connections.SetTargetOutboundAsync(3, Cancellation);
        await Eventually.TrueAsync(async () => (await network.GetPeersAsync(Cancellation)).Length == 3);

        await Eventually.TrueAsync(() => world.Lookups == 2); // Three peers may be of the first seed alone.
    }

    [Fact]
    public async Task NotifyNetworkChanged_AfterAllSeedsFailed_AsksThemAgain()
    {
        await using var world = new BookedSandbox { HasDns = false };
        var options = world.Options();
        options.ConfigureSeeding = static seeding =>
        {
            seeding.Dns.MaxAttempts = 1;
            seeding.Timetable.RetryDuration = seeding.Timetable.MaxRetryDuration = TimeSpan.FromHours(1);
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics().Seeds.Count(seed => seed.Failure == SeedFailure.RequestFailed) == 2);
        world.HasDns = true;
        network.NotifyNetworkChanged();
        await network.WhenFullAsync(Cancellation);
    }

    [Fact]
    public async Task SeedNodes_WithoutDns_BringTheFirstAddresses()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        var seeded = new ConcurrentQueue<SeedOutcome>();
        options.Chain = SandboxNetwork.Chain;
        options.SeedNodes = [.. world.Sandbox.Hosts.Take(5).Select(host => host.EndPoint)];
        options.OnSeeded = seeded.Enqueue;
        options.ConfigureSeeding = seeding => seeding.Timetable.SeedNodeInterval = TimeSpan.FromMilliseconds(50);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics().Seeds.Any(seed => seed is { Kind: SeedKind.Node, AddressCount: > 1 })); // Its addresses come before its end.
        await Eventually.TrueAsync(() => !seeded.IsEmpty);
    }

    /// <summary>Requires the services of the light-wallet guide, in a world whose seeds know no living filter peer.</summary>
    [Fact]
    public async Task RareServices_WhereTheSeedsKnowNone_AreFoundThroughOrdinaryPeers()
    {
        await using var world = new BookedSandbox(static sandbox => sandbox.Peers = 200);
        var options = world.Options();
        var lookup = options.Lookup!;
        options.Lookup = (host, token) => host.StartsWith("x49.", StringComparison.Ordinal) ? new([IPAddress.Parse("45.1.1.1")]) : lookup(host, token);
        options.Protocol = new BitcoinPeerOptions { RequiredServices = LightWallet };
        options.TargetOutbound = 1;
        options.ConfigureSeeding = static seeding => seeding.Timetable.FallbackDelay = TimeSpan.FromMilliseconds(50);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        var (peer, _) = Assert.Single(await network.GetPeersAsync(Cancellation));
        Assert.Equal(LightWallet, peer.Version.Services & LightWallet);

        // The addresses that an ordinary peer sends are in the book, and may be dialled, before the fetch from it has its outcome.
        await Eventually.TrueAsync(() => network.GetStatistics().Seeds.Any(static seed => seed is { Kind: SeedKind.Known, AddressCount: > 0 }));
    }

    [Fact]
    public async Task SeedNodes_WithoutTheRequiredServices_GiveTheirAddresses()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.Chain = SandboxNetwork.Chain;
        options.SeedNodes = [.. world.Sandbox.Hosts.Take(6).Select(static host => host.EndPoint)];
        options.Protocol = new BitcoinPeerOptions { RequiredServices = (NodeServices)(1UL << 40) }; // Which none offers.
        options.ConfigureSeeding = static seeding => seeding.Timetable.SeedNodeInterval = TimeSpan.FromMilliseconds(20);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics().Seeds.Count(static seed => seed is { Kind: SeedKind.Node, AddressCount: > 1 }) == 6);
    }

    [Fact]
    public async Task Handshake_OfAPeerWithTooFewServices_CorrectsTheBook()
    {
        const NodeServices required = LightWallet;
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.Chain = SandboxNetwork.Chain;
        options.Book = new AddressBook();
        options.Protocol = new BitcoinPeerOptions { RequiredServices = required };
        options.ConfigureGossip = gossip => gossip.AskOutboundPeers = false;
        var lacking = new TaskCompletionSource<NetworkEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        options.OnViolation = (connection, violation) =>
        {
            if (violation.Violation == ProtocolViolation.MissingServices && NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint))
                lacking.TrySetResult(endPoint);
        };
        await using var network = new PeerNetwork(options);
        world.Fill(network.Book, _ => true, (ulong)required);
        await network.StartAsync(Cancellation);
        var endPoint = await lacking.Task.WaitAsync(Cancellation);
        Assert.True(network.Book.TryGet(endPoint, out var entry));
        Assert.NotEqual((ulong)required, entry.Address.Services & (ulong)required);
        Assert.NotEqual(0UL, entry.Address.Services);
    }

    [Theory]
    [InlineData("peers.dat", "address book")]
    [InlineData("anchors.dat", "anchors")]
    [InlineData("banlist.json", "bans")]
    public async Task StopAsync_AFileThatCannotBeWritten_IsTheOnlyOneLost(string file, string what)
    {
        await using var world = new BookedSandbox();
        await using var network = new PeerNetwork(world.Options(keeps: true));
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await network.FlushBansAsync(Cancellation);
        await Eventually.TrueAsync(TryBlock);
        network.Bans.Add(BanTarget.Parse("192.0.2.1"));
        Assert.Empty(network.GetStatistics().LostChanges);

        await network.StopAsync(Cancellation);

        Assert.Contains(what, Assert.Single(network.GetStatistics().LostChanges), StringComparison.Ordinal);
        Assert.All(
            new[] { world.Files.Peers, world.Files.Anchors, world.Files.Bans },
            path => Assert.Equal(!string.Equals(Path.GetFileName(path), file, StringComparison.Ordinal), File.Exists(path)));
        Assert.False(File.Exists(world.Files.Running));

        bool TryBlock()
        {
            File.Delete(Path.Combine(world.Files.Folder, file));
            try
            {
                Directory.CreateDirectory(Path.Combine(world.Files.Folder, file, "in-the-way"));
                return true;
            }
            catch (IOException)
            {
                return false; // It was saved in between.
            }
        }
    }

    [Fact]
    public async Task Gate_ThatRefuses_IsNeitherDialledNorKept()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.Gate = static (endPoint, _) => IsEven(endPoint) ? GateVerdict.Refuse : GateVerdict.Allow;
        options.TargetOutbound = 4;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await Eventually.TrueAsync(() => network.GetStatistics().Gossip is { Accepted: > 0, Dropped: > 0 });
        Assert.All(await network.GetPeersAsync(Cancellation), peer => Assert.False(IsEven(peer.Connection.RemoteEndPoint!)));

        static bool IsEven(EndPoint endPoint) => ((IPEndPoint)endPoint).Address.GetAddressBytes()[^1] % 2 == 0;
    }

    [Fact]
    public async Task AddressSource_OfTheUsersOwn_TakesThePlaceOfBookSeedsAndPolicies()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.AddressSource = world.Sandbox.AddressSource;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.Equal(0, world.Lookups);
        Assert.Empty(network.GetStatistics().Seeds);
    }

    [Fact]
    public async Task APeerThatIsLost_WasSeenInTheBook()
    {
        await using var world = new BookedSandbox();
        var options = world.Options();
        options.Book = new AddressBook();
        options.ConfigureGossip = gossip => gossip.AskOutboundPeers = false; // Other peers would send it.
        options.TargetOutbound = 1;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        var connection = (await network.GetPeersAsync(Cancellation))[0].Connection;
        Assert.True(NetworkEndPoint.TryFromEndPoint(connection.RemoteEndPoint, out var endPoint));
        Assert.True(network.Book.TryGet(endPoint, out var before)); // DNS seeds give times some days old.
        world.Sandbox.Network.CloseConnections(connection.RemoteEndPoint!);
        await Eventually.TrueAsync(() => network.Book.TryGet(endPoint, out var after) && after.Address.LastSeen > before.Address.LastSeen.AddHours(1));
    }
}
