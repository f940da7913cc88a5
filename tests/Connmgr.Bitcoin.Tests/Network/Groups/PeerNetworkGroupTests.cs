using System.Collections.Concurrent;
using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network.Groups;

/// <summary>Groups of outbound peers, on a sandbox in real time and on loopback; every wait is for an event.</summary>
public sealed class PeerNetworkGroupTests
{
    private const ulong Filters = 0x49;
    private static readonly MessageCommand Mark = new("mark");
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhenFull_LightWallet_EachGroupHasPeersThatSuitIt()
    {
        await using var world = Sandbox();
        var options = world.Options();
        options.Groups = [.. PeerGroup.LightWallet(6, 2)];
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);

        var snapshot = await network.Connections.GetSnapshotAsync(Cancellation);
        Assert.Equal([("filters", 2), ("plain", 4)], snapshot.Groups.Select(static group => (group.Name, group.Connected)));
        var peers = await network.GetPeersAsync(Cancellation);
        Assert.All(peers.Where(static peer => peer.Connection.Group is "filters"), static peer => Assert.True(peer.Peer.Version.Services.HasFlag(NodeServices.CompactFilters)));
        Assert.All(peers, static peer => Assert.Equal((UInt128)(ulong)peer.Peer.Version.Services, peer.Connection.Traits));
        Assert.Equal(options.Groups, network.Groups);
    }

    [Fact]
    public async Task Seeds_OfGroupsThatNeedMore_AreAskedForBothFromTheStart()
    {
        await using var world = Sandbox();
        var options = world.Options();
        var asked = new ConcurrentQueue<string>();
        options.Lookup = (host, token) =>
        {
            asked.Enqueue(host);
            return world.Sandbox.LookupAsync(host, token);
        };
        options.Groups = [.. PeerGroup.LightWallet(4, 2)];
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        await Eventually.TrueAsync(() => GetPrefixes().Length == 2); // The answers to one may suffice.
        Assert.Equal(["x49", "x9"], GetPrefixes(), StringComparer.Ordinal);

        string[] GetPrefixes() => [.. asked.Select(static host => host.Split('.')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task SetGroups_ServicesThatNobodyOffers_AreAskedOfTheSeeds()
    {
        const ulong Rare = 1UL << 40;
        const ulong Known = 1UL << 41;
        await using var world = Sandbox();
        var options = world.Options();
        options.TargetOutbound = 2;
        var asked = new ConcurrentQueue<string>();
        options.Lookup = (host, token) =>
        {
            asked.Enqueue(host.Split('.')[0]);
            return world.Sandbox.LookupAsync(host, token);
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.Equal(["x9"], asked.Distinct(StringComparer.Ordinal), StringComparer.Ordinal);

        var claiming = NetworkAddress.FromIPAddress(IPAddress.Parse("9.9.9.9")); // Nobody is there, so nobody learns better.
        network.Book.Add(new PeerAddress(new(claiming, 8333), 9 | Known, TimeProvider.System.GetUtcNow()), claiming);
        await network.SetGroupsAsync([new("known", 1) { Services = (NodeServices)Known }, new("rare", 1) { Services = (NodeServices)Rare }, new("any", 2)], Cancellation);
        await Eventually.TrueAsync(() => asked.Contains("x10000000009", StringComparer.Ordinal));
        Assert.DoesNotContain("x20000000009", asked, StringComparer.Ordinal); // An address claims to offer them.

        // Without the group nothing is asked for it any more, and the stop waits for everything.
        await network.SetGroupsAsync([new("any", 2)], Cancellation);
        await network.StopAsync(Cancellation);
    }

    [Fact]
    public async Task BookThatClaimsTooMuch_LearnsTheTruth_AndTheGroupIsFilled()
    {
        await using var world = Sandbox();
        world.HasDns = false;
        var options = world.Options();
        options.Book = SmallBook.Create();
        options.ConfigureSeeding = static seeding => seeding.FetchFromKnown = null; // Which would find others after some seconds.
        options.Groups = [new("filters", 1) { Services = NodeServices.CompactFilters }];
        await using var network = new PeerNetwork(options);
        // A seed of the sandbox names the same hosts whatever it is asked for, if they offer it.
        var withFilters = await world.Sandbox.LookupAsync("x49.seed-one.sandbox.invalid", Cancellation);
        var ordinary = await world.Sandbox.LookupAsync("x9.seed-one.sandbox.invalid", Cancellation);
        var serving = world.Sandbox.Hosts.Where(host => withFilters.Contains(host.EndPoint.Address)).Take(1).ToHashSet();
        var others = world.Sandbox.Hosts.Where(host => ordinary.Except(withFilters).Contains(host.EndPoint.Address)).Take(3).ToHashSet();
        options.Groups.Clear(); // Too late to change anything.
        world.Fill(network.Book, others.Contains, Filters);
        Assert.Equal(others.Count, network.Book.Count);
        var unsuited = UnsuitedAsync(network, others.Count);
        await network.StartAsync(Cancellation);
        await unsuited.WaitAsync(TestPeers.Patience, Cancellation);
        Assert.All(network.Book.GetEntries(AddressNetworks.All), static entry => Assert.Equal(0UL, entry.Address.Services & 0x40));

        var shortage = await network.GetShortageAsync(Cancellation);
        Assert.Equal(("filters", 0, 1), Assert.Single(shortage!.Groups.Select(static group => (group.Name, group.Connected, group.Target))));
        Assert.True(shortage.Reasons.HasFlag(ShortageReasons.MissingServices));
        Assert.StartsWith("1 automatic peer is missing (filters 0 of 1): ", shortage.ToString(), StringComparison.Ordinal);

        world.Fill(network.Book, serving.Contains, Filters);
        await network.WhenFullAsync(Cancellation);
        Assert.Equal(serving.Single().EndPoint, Assert.Single(await network.GetPeersAsync(Cancellation)).Connection.RemoteEndPoint);

        async Task UnsuitedAsync(PeerNetwork watched, int count)
        {
            await foreach (var happened in watched.Connections.WatchAsync(Cancellation))
            {
                if (happened is AttemptFailed { Outcome.Cause: ConnectFailureCause.Unsuited } && --count == 0)
                    return;
            }
        }
    }

    /// <summary>An address may promise the encrypted transport in vain: the peer that does not speak it is not kept.</summary>
    [Fact]
    public async Task MinimumTransport_V2_KeepsOnlyEncryptedPeers()
    {
        await using var plain = Server(TransportPolicy.V1Only);
        await using var encrypted = Server(TransportPolicy.PreferV2);
        await plain.StartAsync(Cancellation);
        await encrypted.StartAsync(Cancellation);
        var book = SmallBook.Create();
        Add("20.1.0.1");
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            Book = book,
            Protocol = new() { RequiredServices = NodeServices.None },
            Groups = [new("dark", 1) { MinimumTransport = PeerTransport.V2 }],
            Policies = PeerPolicies.None,
            Dial = (endPoint, token) => new TcpDialer().DialAsync(endPoint.ToString() is "20.1.0.1:18444" ? plain.ListenEndPoints[0] : encrypted.ListenEndPoints[0], token),
        });
        await using var events = network.Connections.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await network.StartAsync(Cancellation);
        AttemptFailed? unsuited = null;
        while (unsuited is null && await events.MoveNextAsync())
            unsuited = events.Current is AttemptFailed { Outcome.Cause: ConnectFailureCause.Unsuited } failed ? failed : null;

        Add("20.2.0.1");
        await network.WhenFullAsync(Cancellation);
        var peer = Assert.Single(network.Peers);
        Assert.Equal((PeerTransport.V2, "dark", encrypted.ListenEndPoints[0]), (peer.Transport, peer.Group, peer.RemoteEndPoint));

        void Add(string address)
        {
            book.AddOwn(new(NetworkAddress.Parse(address), 18444), (ulong)NodeServices.P2PV2, TimeProvider.System.GetUtcNow());
        }

        static PeerNetwork Server(TransportPolicy policy) => new(new()
        {
            Chain = ChainParameters.Regtest,
            ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)],
            Protocol = new() { Transport = policy, Services = NodeServices.P2PV2 },
        });
    }

    [Fact]
    public async Task SetGroups_WhileItRuns_KeepsThePeersThatStillSuit()
    {
        await using var world = Sandbox();
        var options = world.Options();
        options.TargetOutbound = 3;
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        await network.WhenFullAsync(Cancellation);
        Assert.Empty(network.Groups);
        var before = (await network.GetPeersAsync(Cancellation)).Select(static peer => peer.Connection.Id).ToHashSet();

        await network.SetGroupsAsync([new("new", 3) { MinimumVersion = 70016 }, new("filters", 2) { Services = NodeServices.CompactFilters }], Cancellation);
        await network.WhenFullAsync(Cancellation);
        var peers = await network.GetPeersAsync(Cancellation);
        Assert.Equal(5, peers.Length);
        Assert.Superset(before, peers.Select(static peer => peer.Connection.Id).ToHashSet()); // They are of version 70016.

        await network.SetGroupsAsync([new("future", 1) { MinimumVersion = 80_000 }, new("old", 2) { MinimumVersion = 70_001 }], Cancellation);
        var snapshot = await network.Connections.GetSnapshotAsync(Cancellation);
        Assert.Equal([("future", 0), ("old", 2)], snapshot.Groups.Select(static group => (group.Name, group.Connected)));
        Assert.False(snapshot.IsFull);
    }

    [Fact]
    public async Task SetGroups_NotValid_ThrowsAllErrors()
    {
        await using var world = Sandbox();
        await using var network = new PeerNetwork(world.Options());
        var error = await Assert.ThrowsAsync<ArgumentException>(() => network.SetGroupsAsync([new("a", -1), new("a", 1)], Cancellation));
        Assert.Contains("groups[a].Target is -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("groups has 2 groups named 'a'", error.Message, StringComparison.Ordinal);
        Assert.Contains("groups is empty", (await Assert.ThrowsAsync<ArgumentException>(() => network.SetGroupsAsync([], Cancellation))).Message, StringComparison.Ordinal);
    }

    /// <summary>Checks what the other side sees: a client that sends a mark last, and answers it with addresses and a mark.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Profile_OfAGroup_DecidesTransactionsAndAddresses(bool relay, bool gossip)
    {
        var chain = ChainParameters.Regtest;
        var (received, relays) = (new ConcurrentQueue<string>(), new ConcurrentQueue<bool>());
        await using var server = new PeerNetwork(new()
        {
            Chain = chain,
            ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)],
            ConfigureGossip = static options => options.ForwardMessages = true,
            OnMessage = async (peer, message, token) =>
            {
                received.Enqueue(message.Command.ToString());
                if (message.Command != Mark)
                    return;
                relays.Enqueue(peer.Version.Relay);
                PeerAddress[] addresses = [.. Enumerable.Range(1, 3).Select(i => new PeerAddress(NetworkEndPoint.Parse($"20.0.{i}.1:8333"), 9, TimeProvider.System.GetUtcNow()))];
                await peer.SendAsync(MessageCommand.AddrV2, AddressMessage.Encode(MessageCommand.AddrV2, addresses)[0], token);
                await peer.SendAsync(MessageCommand.GetAddr, default, token);
                await peer.SendAsync(Mark, default, token);
            },
        });
        await server.StartAsync(Cancellation);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new PeerNetwork(new()
        {
            Chain = chain,
            AddressSource = new OneAddress(server.ListenEndPoints[0]),
            Protocol = new() { RequiredServices = NodeServices.None },
            Groups = [new("only", 1) { Relay = relay, Gossip = gossip }],
            OnPeer = static (peer, token) => peer.SendAsync(Mark, default, token),
            OnMessage = (_, message, _) =>
            {
                Assert.Equal(Mark, message.Command);
                answered.TrySetResult();
                return ValueTask.CompletedTask;
            },
        });
        await client.StartAsync(Cancellation);
        await answered.Task.WaitAsync(Cancellation);

        Assert.Equal(gossip ? ["getaddr", "mark"] : ["mark"], received, StringComparer.Ordinal);
        Assert.Equal([relay], relays);
        Assert.Equal(gossip ? 3 : 0, client.GetStatistics().Gossip.Received);
        Assert.Equal(gossip, client.Book.Count > 0); // Two may have one place in the book.
    }

    private static BookedSandbox Sandbox() => new(static options => options.Peers = SandboxNetworkOptions.DefaultPeers);

    private sealed class OneAddress(EndPoint endPoint) : IAddressSource
    {
        public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
            new(request.GetRefusal(endPoint) == ConnectFailureCause.None ? new Candidate(endPoint) : null);

        public void ReportOutcome(in AttemptOutcome outcome)
        {
        }
    }
}
