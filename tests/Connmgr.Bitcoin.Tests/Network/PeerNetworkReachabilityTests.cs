using System.Net;
using System.Threading.Channels;
using Connmgr.Bitcoin.Tests.Gossip;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The external addresses of a whole network: where they come from, and who is told.</summary>
public sealed class PeerNetworkReachabilityTests
{
    private static readonly NetworkAddress Public = GossipGen.Of("1.2.3.4");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExternalAddresses_OfInterfaces_ComeAndGoWithThem()
    {
        var local = new LocalNetwork([Public, GossipGen.Of("10.0.0.1")], []);
        await using var network = new PeerNetwork(Options(options => options.ReadLocalNetwork = () => Volatile.Read(ref local)));
        var changes = Channel.CreateUnbounded<ExternalAddressChangedEventArgs>();
        network.ExternalAddresses.Changed += (_, changed) => changes.Writer.TryWrite(changed);
        await network.StartAsync(Ct);
        var own = new NetworkEndPoint(Public, (ushort)((IPEndPoint)network.ListenEndPoints[0]).Port);
        Assert.Equal((own, true), await NextAsync());

        Volatile.Write(ref local, new LocalNetwork([GossipGen.Of("10.0.0.1")], []));
        network.NotifyNetworkChanged();
        Assert.Equal((own, false), await NextAsync());
        Assert.Empty(network.ExternalAddresses.All);

        async Task<(NetworkEndPoint, bool)> NextAsync() => await changes.Reader.ReadAsync(Ct).AsTask().WaitAsync(Patience, Ct) is var next ? (next.Address.EndPoint, next.IsAdded) : default;
    }

    [Theory]
    [InlineData(null, false, false, true)]
    [InlineData(null, true, false, false)]
    [InlineData(null, false, true, false)]
    [InlineData(true, true, true, true)]
    [InlineData(false, false, false, false)]
    public async Task DiscoverAddresses_ByDefault_IsOffWithExternalAddressesAndProxies(bool? discover, bool hasExternal, bool hasProxy, bool expected)
    {
        await using var network = new PeerNetwork(Options(options =>
        {
            options.DiscoverAddresses = discover;
            options.ExternalAddresses = hasExternal ? [new(GossipGen.Of("9.9.9.9"), 0)] : [];
            options.Proxies = hasProxy ? new() { Rules = ProxyRules.All(IPEndPoint.Parse("127.0.0.1:9")) } : null;
        }));
        Assert.Equal(expected, network.ExternalAddresses.ListenPort == ((IPEndPoint)network.ListenEndPoints[0]).Port);
        var port = ((IPEndPoint)network.ListenEndPoints[0]).Port;
        Assert.Equal(hasExternal ? [$"9.9.9.9:{port} (User, 4)"] : [], network.ExternalAddresses.All.Select(static own => own.ToString()), StringComparer.Ordinal);
    }

    /// <summary>A peer of the onion service has Tor's address, and is told the onion address and no other: with the services that the node offers there.</summary>
    [Fact]
    public async Task ExternalAddresses_APeerOfTheOnionService_IsToldTheOnionAddress()
    {
        var onion = GossipGen.Onion(5);
        await using var network = new PeerNetwork(Options(options =>
        {
            options.OnionListenOn = [new(IPAddress.Loopback, 0)];
            options.ExternalAddresses = [new(Public, 8333), onion];
            options.Protocol = new()
            {
                Services = NodeServices.Network,
                TransportByNetwork = new Dictionary<AddressNetwork, TransportPolicy> { [AddressNetwork.TorV3] = TransportPolicy.V1Only },
            };
        }));
        await network.StartAsync(Ct);
        var told = Channel.CreateUnbounded<PeerAddress>();
        await using var peer = new PeerNetwork(new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            PermanentPeers = [network.OnionListenEndPoints[0]],
            ConfigureGossip = static gossip => gossip.ForwardMessages = true,
            OnMessage = (_, message, _) =>
            {
                if (AddressMessage.IsAddressCommand(message.Command))
                {
                    foreach (var address in AddressMessage.Decode(message.Command, message.Payload.Span))
                        told.Writer.TryWrite(address);
                }

                return default;
            },
        });
        await peer.StartAsync(Ct);
        var own = await told.Reader.ReadAsync(Ct).AsTask().WaitAsync(Patience, Ct);
        Assert.Equal((onion, NodeServices.Network), (own.EndPoint, (NodeServices)own.Services));
    }

    [Theory]
    [InlineData("a report")]
    [InlineData("a suspend")]
    public async Task Change_ReachesThePortMapping(string what)
    {
        var (clock, searches) = (new FakeTimeProvider(), Channel.CreateUnbounded<int>());
        var time = new PeerClockTests.SteppedTime(clock);
        await using var network = new PeerNetwork(Options(options =>
        {
            (options.TimeProvider, options.PortMapping) = (time, PortMappingMethod.NatPmp);
            options.ConfigurePortMapping = mapping => mapping with
            {
                AnnouncementPort = null,
                FindTargets = (listeners, _) =>
                {
                    searches.Writer.TryWrite(listeners.Count);
                    return [];
                },
            };
        }));
        await network.StartAsync(Ct);
        Assert.Equal(1, await searches.Reader.ReadAsync(Ct).AsTask().WaitAsync(Patience, Ct)); // The first tasks have begun by now, the watch of the clocks included.
        clock.Advance(PortMapper.SearchPause); // The next search waits for no timer, which might be made after the time has passed.
        if (what is "a report")
            network.NotifyNetworkChanged();
        else
            time.Step = TimeSpan.FromHours(8);
        for (var i = 0; i < 8; i++)
            clock.Advance(TimeSpan.FromSeconds(1)); // Without a change, the next search is after 10 s.
        await searches.Reader.ReadAsync(Ct).AsTask().WaitAsync(Patience, Ct);
    }

    /// <summary>A host of the LAN may cause any number of changes.</summary>
    [Fact]
    public async Task ExternalAddresses_ThatChangeWithoutEnd_AreLoggedAFewTimes()
    {
        var time = new FakeTimeProvider();
        using var log = new RecordingLog();
        await using var network = new PeerNetwork(Options(options => (options.TimeProvider, options.LoggerFactory) = (time, log)));
        for (var i = 0; i < 100; i++)
            Change(i);
        Assert.Equal(Connmgr.Bitcoin.Reachability.MaxLogged, log.Count);
        time.Advance(Connmgr.Bitcoin.Reachability.LogPause);
        Change(1);
        Assert.Equal(Connmgr.Bitcoin.Reachability.MaxLogged + 1, log.Count);

        void Change(int number)
        {
            var own = new NetworkEndPoint(Public, (ushort)(number + 1));
            Assert.True(network.ExternalAddresses.Add(own, ExternalAddressOrigin.User));
            Assert.True(network.ExternalAddresses.Remove(own, ExternalAddressOrigin.User));
        }
    }

    [Fact]
    public async Task Watcher_ChangesWithoutEnd_ArePaused()
    {
        var time = new FakeTimeProvider();
        var reads = Channel.CreateUnbounded<DateTimeOffset>();
        var watcher = new LocalNetworkWatcher(static () => new LocalNetwork([], []), observes: false, _ => reads.Writer.TryWrite(time.GetUtcNow()), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = watcher.RunAsync(stop.Token);
        var last = await reads.Reader.ReadAsync(Ct);
        for (var i = 0; i < 3; i++)
        {
            watcher.Notify();
            watcher.Notify();
            while (!reads.Reader.TryPeek(out _))
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct);
            }

            var next = await reads.Reader.ReadAsync(Ct);
            Assert.True(next - last >= TimeSpan.FromSeconds(1), $"{next - last}");
            last = next;
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static PeerNetworkOptions Options(Action<PeerNetworkOptions> configure)
    {
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            ListenOn = [new(IPAddress.Any, 0)],
            ReadLocalNetwork = static () => null,
            Configure = static manager => manager.ObserveNetworkChanges = false,
        };
        configure(options);
        return options;
    }

    /// <summary>Counts the log lines about external addresses.</summary>
    private sealed class RecordingLog : ILoggerFactory, ILogger
    {
        private int _count;

        public int Count => _count;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id is 417 or 418)
                Interlocked.Increment(ref _count);
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
