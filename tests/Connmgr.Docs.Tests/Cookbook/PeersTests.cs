using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Docs.Tests.Cookbook;

/// <summary>Recipes of docs/cookbook.md about the choice of peers.</summary>
public sealed class PeersTests
{
    [Fact]
    public async Task OnlyMine_Started_ConnectsToThemAlone()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        EndPoint node = sandbox.Hosts[0].EndPoint;
        EndPoint backup = sandbox.Hosts[1].EndPoint;

        // snippet: only-mine
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            TargetOutbound = 0, // No automatic peers, so no seeds and no address book.
            PermanentPeers = [node, backup], // An IPEndPoint, or a DnsEndPoint, whose name is resolved at each attempt.
        };
        // end
        sandbox.Attach(options);
        var dialled = new ConcurrentQueue<EndPoint>();
        options.Dial = (peer, token) =>
        {
            dialled.Enqueue(peer);
            return sandbox.DialAsync(peer, token);
        };
        await using var network = new PeerNetwork(options);
        await network.StartAsync();
        await network.GetPeerAsync(peer => node.Equals(peer.RemoteEndPoint)).WaitAsync(Kitchen.Patience);
        await network.GetPeerAsync(peer => backup.Equals(peer.RemoteEndPoint)).WaitAsync(Kitchen.Patience);
        Assert.Equal([node, backup], dialled.Distinct().Order(Comparer<EndPoint>.Create((one, other) => other.Equals(node).CompareTo(one.Equals(node)))));
    }

    [Fact]
    public async Task Services_Started_AllPeersHaveThem()
    {
        // snippet: services
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            Protocol = new() { RequiredServices = NodeServices.Network | NodeServices.Witness | NodeServices.CompactFilters },
        };
        // end
        options.TargetOutbound = 3;
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await Kitchen.StartAsync(sandbox, options);
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        Assert.All(network.Peers, static peer => Assert.True(peer.Version.Services.HasFlag(NodeServices.CompactFilters)));
    }

    [Fact]
    public async Task Shares_Started_GroupsHaveTheirServices()
    {
        // snippet: shares
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            Groups = [.. PeerGroup.LightWallet(target: 6, filters: 3)], // Three of the six serve compact filters.
        };
        // end
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await Kitchen.StartAsync(sandbox, options);
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        Assert.InRange(network.Peers.Count(static peer => peer.Version.Services.HasFlag(NodeServices.CompactFilters)), 3, 6);
    }

    [Fact]
    public async Task OneNetwork_Started_HasPeersOfThatNetwork()
    {
        // snippet: one-network
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            ReachableNetworks = AddressNetworks.IPv6, // Addresses of others are neither kept nor dialled.
        };
        // end
        await using var sandbox = Kitchen.CreateSandbox(ipv6Share: 0.5);
        await using var network = await Kitchen.StartAsync(sandbox, options);
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        Assert.Equal(8, network.Peers.Length);
        Assert.All(network.Peers, static peer => Assert.Equal(AddressFamily.InterNetworkV6, ((IPEndPoint)peer.RemoteEndPoint!).AddressFamily));
    }

    [Fact]
    public async Task UserAgent_Started_IsTheOneThatPeersSee()
    {
        await using var memory = new MemoryNetwork();
        var visitor = new TaskCompletionSource<BitcoinPeer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = IPEndPoint.Parse("10.0.0.5:8333");
        memory.SetBehavior(node, Kitchen.CreateNode(visitor.SetResult));

        // snippet: user-agent
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            Protocol = new() { UserAgent = "/my-indexer:2.1/" },
        };
        // end
        (options.TargetOutbound, options.PermanentPeers, options.Dial) = (0, [node], memory.DialAsync);
        await using var network = new PeerNetwork(options);
        await network.StartAsync();
        Assert.Equal("/my-indexer:2.1/", (await visitor.Task.WaitAsync(Kitchen.Patience)).Version.UserAgent);
    }

    [Fact]
    public async Task NoDns_Started_AsksTheKnownNode()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        var known = sandbox.Hosts[0].EndPoint;

        // snippet: no-dns
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet with { DnsSeeds = [] },
            SeedNodes = [known], // Asked for addresses while the book has none; then gossip fills it.
        };
        // end
        var seeds = options.Chain.DnsSeeds;
        sandbox.Attach(options);
        options.Chain = options.Chain with { DnsSeeds = seeds };
        var names = new ConcurrentBag<string>();
        options.Lookup = (name, _) =>
        {
            names.Add(name);
            return new([]);
        };
        options.TargetOutbound = 3;
        await using var network = new PeerNetwork(options);
        await network.StartAsync();
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        Assert.Empty(names);
        Assert.All(network.GetStatistics().Seeds, seed => Assert.Contains(known.ToString(), seed.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Persist_SecondStart_AsksNoSeed()
    {
        var folder = Directory.CreateTempSubdirectory("cookbook").FullName;
        Assert.True(await StartAsync() > 0);
        Assert.Equal(0, await StartAsync());
        Directory.Delete(folder, recursive: true);

        async Task<int> StartAsync()
        {
            // snippet: persist
            var options = new PeerNetworkOptions
            {
                Chain = ChainParameters.Mainnet,
                DataDirectory = "peers", // Address book, bans, quarantine and anchors, in Bitcoin Core's formats where it has one.
            };
            // end
            options.DataDirectory = folder;
            await using var sandbox = Kitchen.CreateSandbox();
            sandbox.Attach(options);
            var asked = 0;
            options.Lookup = (name, token) =>
            {
                Interlocked.Increment(ref asked);
                return sandbox.LookupAsync(name, token);
            };
            await using var network = new PeerNetwork(options);
            await network.StartAsync();
            await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
            await network.StopAsync();
            return asked;
        }
    }

    [Fact]
    public async Task Rotate_TwoPeers_AreReplaced()
    {
        await using var sandbox = Kitchen.CreateSandbox();
        await using var network = await Kitchen.StartAsync(sandbox, new() { TargetOutbound = 4 });
        await network.WhenFullAsync().WaitAsync(Kitchen.Patience);
        var before = network.GetAddresses().ToArray();

        // snippet: rotate
        // The two worst by their rating; each goes when its successor has come, so there are never fewer peers.
        var replaced = await network.RotateAsync("default", count: 2, within: TimeSpan.FromMinutes(1));
        // end
        Assert.Equal(2, replaced);
        Assert.True(before.Except(network.GetAddresses()).Count() >= 2);
    }

    [Fact]
    public async Task TwoChains_Started_AreSeparate()
    {
        var folder = Directory.CreateTempSubdirectory("cookbook").FullName;
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sandbox = Kitchen.CreateSandbox();
        EndPoint node = sandbox.Hosts[0].EndPoint;

        // snippet: two-chains
        var main = new PeerNetworkOptions { Chain = ChainParameters.Mainnet, DataDirectory = "peers" };
        var test = new PeerNetworkOptions { Chain = ChainParameters.Testnet4, DataDirectory = "peers" }; // Each chain has a folder in it.
        // end
        sandbox.Attach(main);
        (main.DataDirectory, test.DataDirectory) = (folder, folder);
        (test.TargetOutbound, test.Dial) = (0, sandbox.DialAsync);
        // snippet: two-chains
        await using var mainNetwork = new PeerNetwork(main);
        await using var testNetwork = new PeerNetwork(test);
        await Task.WhenAll(mainNetwork.StartAsync(cancellationToken), testNetwork.StartAsync(cancellationToken));
        // end
        await mainNetwork.WhenFullAsync().WaitAsync(Kitchen.Patience);
        await Assert.ThrowsAsync<ConnectFailedException>(() => testNetwork.ConnectPeerAsync(node)); // It is on the other chain.
        await mainNetwork.StopAsync();
        await testNetwork.StopAsync();
        Assert.Equal(2, Directory.GetDirectories(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Nothing listens at port 1 of loopback, so the proxy cannot be reached; a dial past it would be another failure.</summary>
    [Fact]
    public async Task TorOnly_NoTor_DialsNothingElse()
    {
        var tor = IPEndPoint.Parse("127.0.0.1:1");

        // snippet: tor-only
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Mainnet,
            Proxies = new()
            {
                Rules = ProxyRules.All(tor), // 127.0.0.1:9050. Addresses of every network, and names: DNS seeds are looked up by Tor.
                OnlyNetworks = AddressNetworks.TorV3 | AddressNetworks.IPv4 | AddressNetworks.IPv6, // With TorV3 alone, no exit sees anything.
                Socks5 = new() { RequireIsolation = true }, // A circuit for each connection, or none at all.
            },
        };
        // end
        await using var network = new PeerNetwork(options);
        var failures = network.Connections.WatchAsync();
        await network.StartAsync();
        await foreach (var happened in failures)
        {
            if (happened is AttemptFailed failed)
            {
                Assert.Equal(ConnectFailureCause.ProxyUnreachable, failed.Outcome.Cause);
                break;
            }
        }
    }
}
