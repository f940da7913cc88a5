using System.Collections.Concurrent;
using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Fleet.Tests;

public class PeerNetworkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GetShortage_WithoutRedis_NamesTheSource(bool hasBook)
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var fleet = FleetConnection.Create(new FleetOptions { Redis = redis.EndPoint, Fleet = "test" });
        var options = new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = 2, Policies = PeerPolicies.None };
        var nobody = IPEndPoint.Parse("127.0.0.1:1");
        if (hasBook)
            options.SeedNodes = [nobody];
        else
            options.AddressSource = new AddressPool([nobody]);
        options.UseClaims(fleet);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Token);

        var shortage = network.GetShortage(await network.Connections.GetSnapshotAsync(Token));

        Assert.Equal((ShortageReasons.SourceUnavailable, 2), (shortage!.Reasons, shortage.MissingAutomatic));
        Assert.Equal("2 automatic peers are missing: the source of addresses does not answer.", shortage.ToString());
    }

    [Fact]
    public async Task UseClaims_SeveralNetworksWithChurn_NoAddressIsDialledTwice()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = new SandboxNetwork(new SandboxNetworkOptions
        {
            Peers = 80,
            DeadShare = 0.1,
            SlowShare = 0,
            ResettingShare = 0,
            SilentShare = 0,
            RestlessShare = 0,
            HostileShare = 0,
            IPv6Share = 0,
        });
        var dials = new DialRecord();
        List<FleetConnection> fleet = [];
        List<PeerNetwork> networks = [];
        try
        {
            for (var i = 0; i < 3; i++)
            {
                fleet.Add(await redis.JoinAsync());
                var options = new PeerNetworkOptions { TargetOutbound = 8, Policies = PeerPolicies.None };
                sandbox.Attach(options);
                options.Dial = dials.Record(options.Dial!);
                options.UseClaims(fleet[i]);
                networks.Add(new PeerNetwork(options));
                await networks[i].StartAsync(Token);
            }

            for (var round = 0; round < 3; round++)
            {
                await Task.WhenAll(networks.Select(static each => each.WhenFullAsync(Token)));
                foreach (var network in networks)
                    (await network.GetPeersAsync())[round].Connection.Close("churn");
            }

            await Task.WhenAll(networks.Select(static each => each.WhenFullAsync(Token)));
            Assert.Equal(24, (await Task.WhenAll(networks.Select(static each => each.GetPeersAsync()))).Sum(static peers => peers.Length));
            Assert.Empty(dials.Doubles);
            Assert.True(fleet.Sum(static each => each.Claims.Count) >= 24);

            var held = (await networks[0].GetPeersAsync())[0].Connection.RemoteEndPoint!;
            var refused = await Assert.ThrowsAsync<ConnectFailedException>(() => networks[1].ConnectPeerAsync(held, Token));
            Assert.Contains("Another process of the fleet", refused.Message, StringComparison.Ordinal);
            Assert.Empty(dials.Doubles);
        }
        finally
        {
            foreach (var network in networks)
                await network.DisposeAsync();
            Assert.All(fleet, static each => Assert.Equal(0, each.Claims.Count));
            foreach (var each in fleet)
                await each.DisposeAsync();
        }
    }

    [Fact]
    public async Task UseClaims_RedisIsAway_ConnectionsStayAndNoneIsBegun()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sandbox = new SandboxNetwork(new SandboxNetworkOptions { Peers = 80, DeadShare = 0.1, RestlessShare = 0, HostileShare = 0 });
        await using var fleet = await redis.JoinAsync(10);
        var dials = new DialRecord();
        var options = new PeerNetworkOptions { TargetOutbound = 4, Policies = PeerPolicies.None };
        sandbox.Attach(options);
        options.Dial = dials.Record(options.Dial!);
        options.UseClaims(fleet);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Token);
        await network.WhenFullAsync(Token);

        await redis.KillAsync();
        await Eventually.TrueAsync(() => fleet.State == FleetState.Lost);
        var peers = await network.GetPeersAsync();
        Assert.Equal(4, peers.Length);
        await Eventually.TrueAsync(() => dials.Open == 4); // Attempts that were under way have ended.
        var begun = dials.Begun;
        peers[0].Connection.Close("a place is free");
        await Assert.ThrowsAsync<ConnectFailedException>(() => network.ConnectPeerAsync(IPEndPoint.Parse("203.0.113.7:8333"), Token));
        Assert.Equal(begun, dials.Begun);

        await redis.StartAgainAsync();
        await redis.SettleAsync(fleet);
        await Eventually.TrueAsync(async () => (await network.GetPeersAsync()).Length == 4);
    }

    /// <summary>The dials of all processes, and those to an address that was dialled or connected already.</summary>
    private sealed class DialRecord
    {
        private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
        private int _begun;
        private int _count;

        public ConcurrentQueue<string> Doubles { get; } = new();

        public int Begun => Volatile.Read(ref _begun);

        public int Open => Volatile.Read(ref _count);

        public Func<EndPoint, CancellationToken, ValueTask<Stream>> Record(Func<EndPoint, CancellationToken, ValueTask<Stream>> dial) => async (endPoint, token) =>
        {
            Interlocked.Increment(ref _begun);
            var dialled = new Dialled(this, $"{endPoint}");
            try
            {
                return new ProxiedStream(await dial(endPoint, token), endPoint, owned: dialled);
            }
            catch
            {
                dialled.Dispose();
                throw;
            }
        };

        private sealed class Dialled : IDisposable
        {
            private readonly DialRecord _record;
            private readonly string _address;
            private int _isDisposed;

            public Dialled(DialRecord record, string address)
            {
                (_record, _address) = (record, address);
                Interlocked.Increment(ref record._count);
                if (record._open.AddOrUpdate(address, 1, static (_, count) => count + 1) > 1)
                    record.Doubles.Enqueue(address);
            }

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
                    return;
                Interlocked.Decrement(ref _record._count);
                _record._open.AddOrUpdate(_address, 0, static (_, count) => count - 1);
            }
        }
    }
}
