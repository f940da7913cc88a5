using System.Net;
using Connmgr.Bitcoin.Tests.Gossip;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Reachability;

public sealed class AddressDiscoveryTests
{
    private const AddressNetworks Clear = AddressNetworks.IPv4 | AddressNetworks.IPv6;

    /// <summary>Interfaces count while a listener of their family accepts on all addresses; private ones never do.</summary>
    [Theory]
    [InlineData("0.0.0.0:8333", "1.2.3.4:8333", "")]
    [InlineData("[::]:8333", "[2a01::5]:8333", "")]
    [InlineData("0.0.0.0:1 [::]:2 0.0.0.0:3", "1.2.3.4:1 [2a01::5]:2", "")]
    [InlineData("9.9.9.9:8333", "", "9.9.9.9:8333")]
    [InlineData("127.0.0.1:8333 10.0.0.1:8333", "", "")]
    [InlineData("", "", "")]
    public void Find_Listeners_GiveTheAddressesAtWhichTheyAreReached(string listeners, string interfaces, string own)
    {
        IPEndPoint[] locals = [.. listeners.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPEndPoint.Parse)];
        NetworkAddress[] machine = [GossipGen.Of("127.0.0.1"), GossipGen.Of("::1"), GossipGen.Of("10.0.0.1"), GossipGen.Of("1.2.3.4"), GossipGen.Of("fe80::1"), GossipGen.Of("fc00::1"), GossipGen.Of("2a01::5")];
        Assert.Equal(interfaces, string.Join(' ', AddressDiscovery.FindInterfaces(locals, machine, Clear)));
        Assert.Equal(own, string.Join(' ', AddressDiscovery.FindListeners(locals, Clear)));
    }

    [Fact]
    public void Find_AddressesOfFc00_AreCjdnsOrNone()
    {
        IPEndPoint[] locals = [IPEndPoint.Parse("[::]:8333"), IPEndPoint.Parse("[fc00::1]:8334")];
        NetworkAddress[] machine = [GossipGen.Of("fc00::1"), GossipGen.Of("fd00::1")];
        Assert.Empty(AddressDiscovery.FindInterfaces(locals, machine, Clear));
        Assert.Empty(AddressDiscovery.FindListeners(locals, Clear));
        var found = AddressDiscovery.FindInterfaces(locals, machine, Clear | AddressNetworks.Cjdns).Concat(AddressDiscovery.FindListeners(locals, AddressNetworks.Cjdns));
        Assert.Equal([(AddressNetwork.Cjdns, 8333), (AddressNetwork.Cjdns, 8334)], found.Select(static own => (own.Address.Network, (int)own.Port)));
    }

    /// <summary>A listener may change between the reading and the change of the table by another one's call.</summary>
    [Fact]
    public void UpdateListeners_AListenerChangesMeanwhile_KeepsItsLastAddress()
    {
        var table = new ExternalAddresses();
        IPEndPoint[] listeners = [IPEndPoint.Parse("1.2.3.4:8333")];
        AddressDiscovery? discovery = null;
        discovery = new AddressDiscovery(
            table,
            () =>
            {
                var read = listeners;
                if (listeners[0].Port == 8333)
                {
                    listeners = [IPEndPoint.Parse("1.2.3.4:8444")];
                    discovery!.UpdateListeners();
                }

                return [.. read];
            },
            Clear);
        discovery.UpdateListeners();
        Assert.Equal(8444, Assert.Single(table.All).EndPoint.Port);
        listeners = [IPEndPoint.Parse("1.2.3.4:8555")];
        discovery.UpdateListeners();
        Assert.Equal(8555, Assert.Single(table.All).EndPoint.Port);
    }

    /// <summary>Whatever the machine has: only public addresses of the wanted networks, each once, with the port of a listener.</summary>
    [Fact]
    public void FindInterfaces_AnyMachine_GivesPublicAddressesOnce()
    {
        var found = 0;
        var listener = Gen.Select(Gen.Int[0, 3].Select(static i => new[] { IPAddress.Any, IPAddress.IPv6Any, IPAddress.Loopback, IPAddress.Parse("1.2.3.4") }[i]), Gen.Int[1, 9], static (address, port) => new IPEndPoint(address, port));
        Gen.Select(listener.Array[0, 4], ReachGen.Address.Array[0, 8], Gen.Int[0, (int)AddressNetworks.All]).Sample(
            (listeners, machine, networks) =>
            {
                NetworkEndPoint[] own = [.. AddressDiscovery.FindInterfaces(listeners, machine, (AddressNetworks)networks)];
                Assert.Equal(own.Length, own.Select(static each => each.Address).Distinct().Count());
                Assert.All(own, each => Assert.True(
                    each.Address.IsRoutable && ((AddressNetworks)networks).HasFlag(each.Address.Network.ToSet()) && listeners.Any(local => local.Port == each.Port)));
                Interlocked.Add(ref found, own.Length);
            },
            iter: 5_000);
        Assert.InRange(found, 500, int.MaxValue);
    }

    [Fact]
    public void LocalNetwork_OfThisMachine_HasLoopback()
    {
        var local = LocalNetwork.Read();
        Assert.SkipWhen(local is null, "This system does not report its interfaces.");
        Assert.Contains(GossipGen.Of("127.0.0.1"), local.Addresses.AsEnumerable());
    }

    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:2=onion", 1, 2)]
    [InlineData("127.0.0.1:2=onion", "127.0.0.1:1", 1, 2)]
    [InlineData("127.0.0.1:2=onion", "127.0.0.1:0", 2, 2)]
    [InlineData("127.0.0.1:1", "127.0.0.1:0=onion", 1, 1)]
    [InlineData("127.0.0.1:0", "127.0.0.1:0=onion", 8333, 8333)]
    public void Complete_WithoutPorts_GivesThoseOfTheListeners(string one, string other, int ordinary, int onion)
    {
        var ports = new ListenPorts([new Listener(one), new Listener(other)], 8333);
        NetworkEndPoint[] external = [new(GossipGen.Of("20.0.0.7"), 0), GossipGen.Onion(1) with { Port = 0 }, new(GossipGen.Of(AddressNetwork.I2P, new byte[32]), 0), NetworkEndPoint.Parse("20.0.0.8:9")];
        Assert.Equal([ordinary, onion, 0, 9], external.Select(each => (int)ports.Complete(each).Port));
    }

    [Fact]
    public void Ordinary_HasNoListenerOnLoopback()
    {
        var ports = new ListenPorts([new Listener("127.0.0.1:1"), new Listener("[::1]:2"), new Listener("0.0.0.0:3")], 8333);
        Assert.Equal([IPEndPoint.Parse("0.0.0.0:3")], ports.Ordinary);
        Assert.Equal(3, ports.Port);
        Assert.Equal(1, new ListenPorts([new Listener("127.0.0.1:1")], 8333).Port);
    }

    private sealed class Listener(string text) : IConnectionListener
    {
        public EndPoint LocalEndPoint { get; } = IPEndPoint.Parse(text.Split('=')[0]);

        public ListenerProfile Profile { get; } = new() { IsOnion = text.EndsWith("=onion", StringComparison.Ordinal) };

        public ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
