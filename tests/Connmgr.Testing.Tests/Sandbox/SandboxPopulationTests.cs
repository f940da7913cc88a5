using System.Net;
using System.Net.Sockets;

namespace Connmgr.Testing.Tests;

public sealed class SandboxPopulationTests
{
    [Theory]
    [InlineData(400, 0.5)]
    [InlineData(400, 0)]
    [InlineData(400, 0.9)]
    [InlineData(10_000, 0.9)]
    [InlineData(1, 1)]
    public async Task Hosts_Shares_AreAsAskedForCountedOverAllAddresses(int peers, double dead)
    {
        await using var sandbox = new SandboxNetwork(new() { Peers = peers, DeadShare = dead, Seed = 3 });
        var options = new SandboxNetworkOptions();
        var alive = peers * (1 - dead);

        Assert.Equal(peers, sandbox.Hosts.Length);
        AssertAbout(peers * dead, sandbox.Hosts.Count(host => host.IsDead));
        AssertAbout(peers * dead * 0.6, Count(SandboxHostKind.Swallowing));
        AssertAbout(peers * dead * 0.25, Count(SandboxHostKind.Refusing));
        AssertAbout(peers * dead * 0.15, Count(SandboxHostKind.Unreachable));
        AssertAbout(alive * options.SlowShare, Count(SandboxHostKind.Slow));
        AssertAbout(alive * options.ResettingShare, Count(SandboxHostKind.Resetting));
        AssertAbout(alive * options.SilentShare, Count(SandboxHostKind.Silent));
        AssertAbout(alive * options.RestlessShare, Count(SandboxHostKind.Leaving) + Count(SandboxHostKind.Crashing));
        for (var kind = SandboxHostKind.WrongChain; kind <= SandboxHostKind.Oversized; kind++)
        {
            if (kind != SandboxHostKind.Leaving) AssertAbout(alive * options.HostileShare / 5, Count(kind));
        }

        int Count(SandboxHostKind kind) => sandbox.Hosts.Count(host => host.Kind == kind);
        static void AssertAbout(double expected, int actual) => Assert.InRange(actual, expected - 1.01, expected + 1.01);
    }

    [Fact]
    public async Task Hosts_Addresses_AreRoutableDistinctAndInManyGroupsOfWhichSomeAreShared()
    {
        await using var sandbox = new SandboxNetwork(new() { Peers = 10_000 });
        var endPoints = sandbox.Hosts.Select(host => host.EndPoint).ToArray();
        var groups = endPoints.Select(endPoint => Netgroup.FromEndPoint(endPoint)).ToArray();

        Assert.All(endPoints, endPoint => Assert.Equal(SandboxNetwork.Chain.DefaultPort, endPoint.Port));
        Assert.Equal(endPoints.Length, endPoints.Distinct().Count());
        Assert.DoesNotContain(groups, group => group.IsNone);
        Assert.InRange(groups.Distinct().Count(), 6_000, 8_000);
        Assert.Equal(1_000, endPoints.Count(endPoint => endPoint.AddressFamily == AddressFamily.InterNetworkV6));
        Assert.True(endPoints.Select(endPoint => endPoint.AddressFamily).Take(500).Distinct().Count() == 2, "The families are not mixed.");
    }

    [Fact]
    public async Task Hosts_SameSeed_AreTheSame()
    {
        await using var one = new SandboxNetwork(new() { Seed = 5 });
        await using var same = new SandboxNetwork(new() { Seed = 5 });
        await using var other = new SandboxNetwork(new() { Seed = 6 });

        Assert.Equal(one.Hosts.AsEnumerable(), same.Hosts);
        Assert.NotEqual(one.Hosts.AsEnumerable(), other.Hosts);
        Assert.Empty(one.Hosts.Select(host => host.EndPoint).Intersect(other.Hosts.Select(host => host.EndPoint)));
    }

    [Fact]
    public async Task AddressSource_OnePass_GivesEachAddressOnceInTheOrderOfTheSeed()
    {
        await using var one = new SandboxNetwork(new() { Seed = 5 });
        await using var same = new SandboxNetwork(new() { Seed = 5 });

        var first = await TakeAsync(one);
        var second = await TakeAsync(one);

        Assert.Equal(one.Hosts.Select(host => (EndPoint)host.EndPoint).ToHashSet(), first.ToHashSet());
        Assert.Equal(one.Hosts.Length, second.Distinct().Count());
        Assert.NotEqual(first, second);
        Assert.Equal(first, await TakeAsync(same));

        static async Task<List<EndPoint>> TakeAsync(SandboxNetwork sandbox)
        {
            var taken = new List<EndPoint>();
            foreach (var _ in sandbox.Hosts)
            {
                var candidate = await sandbox.AddressSource.GetAsync(default, CancellationToken.None);
                taken.Add(Assert.NotNull(candidate).EndPoint);
            }

            return taken;
        }
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedByName()
    {
        AssertRefused(nameof(SandboxNetworkOptions.Peers), options => options.Peers = 0);
        AssertRefused(nameof(SandboxNetworkOptions.Peers), options => options.Peers = SandboxNetworkOptions.MaxPeers + 1);
        AssertRefused(nameof(SandboxNetworkOptions.DeadShare), options => options.DeadShare = 1.1);
        AssertRefused(nameof(SandboxNetworkOptions.IPv6Share), options => options.IPv6Share = double.NaN);
        AssertRefused(nameof(SandboxNetworkOptions.SlowShare), options => (options.SlowShare, options.SilentShare) = (0.6, 0.6));
        AssertRefused(nameof(SandboxNetworkOptions.BlockInterval), options => options.BlockInterval = TimeSpan.Zero);
        AssertRefused(nameof(SandboxNetworkOptions.VisitInterval), options => options.VisitInterval = default);
        AssertRefused(nameof(SandboxNetworkOptions.MaxVisitors), options => options.MaxVisitors = -1);
        AssertRefused(nameof(SandboxNetworkOptions.RestlessLifetime), options => options.RestlessLifetime = TimeSpan.MaxValue);
        AssertRefused(nameof(SandboxNetworkOptions.TimeProvider), options => options.TimeProvider = null!);

        static void AssertRefused(string name, Action<SandboxNetworkOptions> change)
        {
            var options = new SandboxNetworkOptions();
            change(options);
            Assert.Contains(name, Assert.Throws<ArgumentException>(() => new SandboxNetwork(options)).Message, StringComparison.Ordinal);
        }
    }
}
