using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>The limits of inbound connections through the whole manager. Whether they hold at every instant is the properties' business.</summary>
public class InboundLimitTests
{
    private readonly FakeListener _listener = new();
    private readonly List<Connection> _accepted = [];

    [Fact]
    public void OneHost_HasAnEighthOfTheInboundPlaces_ByDefault()
    {
        var h = Listening(_listener, _accepted, Unhurried);
        for (var port = 1; port <= 50; port++)
            Connect(h, $"20.0.0.1:{port}");
        Assert.Equal(12, _accepted.Count);
        Assert.Equal([(ConnectFailureCause.HostLimit, 38L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Stop();
    }

    [Fact]
    public void OnePrefix_HasAQuarter_AndItsPlacesAreFreeAgainOnceItsConnectionsEnd()
    {
        var h = Listening(_listener, _accepted, Unhurried);
        for (var host = 1; host <= 50; host++)
            Connect(h, $"20.0.0.{host}:1");
        Connect(h, "20.0.1.1:1"); // Another prefix.
        Assert.Equal(26, _accepted.Count);
        Assert.Equal([(ConnectFailureCause.PrefixLimit, 25L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        _accepted[0].Close();
        h.Settle();
        Connect(h, "20.0.0.99:1");
        Assert.Equal(27, _accepted.Count);
        h.Stop();
    }

    /// <summary>Bitcoin Core tries the encrypted transport first and comes again at once without, from the same host.</summary>
    [Fact]
    public void ATransportThatIsNotSpoken_CostsItsHostNoToken_AsOftenAsTheRateAllows()
    {
        var h = Listening(_listener, _accepted, static options =>
        {
            options.MaxInbound = 100;
            options.Handshake = static (connection, _) => ((IPEndPoint)connection.RemoteEndPoint!).Port < 100
                ? throw new ConnectFailedException(ConnectPhase.Handshake, ConnectFailureCause.UnsupportedTransport, "by the test")
                : default;
        });
        for (var i = 1; i <= 3; i++)
        {
            Connect(h, $"8.1.2.3:{i}");
            Connect(h, $"8.1.2.3:{i + 100}");
        }

        Assert.Equal(3, _accepted.Count);
        Assert.Empty(h.Snapshot.Inbound.Refusals);
        Connect(h, "8.1.2.3:200"); // The burst of three is used up.
        Assert.Equal([(ConnectFailureCause.RateLimit, 1L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));

        for (var i = 1; i <= 50; i++)
            Connect(h, $"9.1.2.3:{i}"); // Never with another: six get in, three of which get their tokens back.
        Assert.Equal(6 + 6, h.Snapshot.Inbound.Accepted);
        h.Advance(TimeSpan.FromSeconds(100));
        for (var i = 1; i <= 50; i++)
            Connect(h, $"9.1.2.3:{i}");
        Assert.Equal(6 + 6 + 6, h.Snapshot.Inbound.Accepted);
        h.Stop();
    }

    [Theory]
    [InlineData("172.17.0.1")] // The gateway of a container, behind which everybody is.
    [InlineData("192.168.9.5")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:192.168.9.5")]
    public void OneAddressThatIsNotPublic_MayHaveAllPlaces(string host)
    {
        var h = Listening(_listener, _accepted, static options =>
        {
            options.MaxInbound = 50;
            options.InboundLimits.MaxPerHost = 2;
            options.InboundLimits.MaxPerPrefix = 3;
            options.InboundLimits.MaxHandshakesPerPrefix = 1;
            options.InboundLimits.EvictionEnabled = false;
        });
        for (var port = 1; port <= 60; port++)
            Connect(h, new IPEndPoint(IPAddress.Parse(host), port));

        Assert.Equal(50, _accepted.Count);
        Assert.Equal([(ConnectFailureCause.ConnectionLimit, 10L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Stop();
    }

    [Fact]
    public void AnAddressOfCjdns_IsOneHost()
    {
        var h = Listening(_listener, _accepted, static options =>
        {
            options.MaxInbound = 50;
            options.InboundLimits.MaxPerHost = 2;
            options.InboundLimits.MaxPerPrefix = 9;
            options.InboundLimits.MaxHandshakesPerPrefix = 9;
        });
        for (var port = 1; port <= 3; port++)
            Connect(h, new IPEndPoint(IPAddress.Parse("fc00::1"), port));
        Connect(h, new IPEndPoint(IPAddress.Parse("fc00::2"), 1));
        Assert.Equal(3, _accepted.Count);
        Assert.Equal([(ConnectFailureCause.HostLimit, 1L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Stop();
    }

    [Fact]
    public void WithoutMaxInbound_NothingIsLimitedBySource()
    {
        var h = Listening(_listener, _accepted);
        for (var port = 1; port <= 500; port++)
            Connect(h, $"127.0.0.1:{port}");
        Assert.Equal(500, _accepted.Count);
        h.Stop();
    }

    [Fact]
    public void SilentPeersOfOnePrefix_HoldEightHandshakes_AndOthersGetIn()
    {
        var h = Listening(_listener, _accepted, static options =>
        {
            options.Handshake = static (connection, token) => ((IPEndPoint)connection.RemoteEndPoint!).Address.GetAddressBytes()[0] == 30
                ? new ValueTask(ForeverAsync(token))
                : default;
            Unhurried(options);
        });
        for (var host = 1; host <= 50; host++)
            Connect(h, $"30.0.0.{host}:1");
        Connect(h, "20.0.0.1:1");
        Assert.Single(_accepted);
        Assert.Equal(8, h.Snapshot.Inbound.Handshakes);
        Assert.Equal([(ConnectFailureCause.HandshakeLimit, 42L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Advance(Minute, Second);
        Assert.Equal(0, h.Snapshot.Inbound.Handshakes);
        h.Stop();
    }

    [Theory]
    [InlineData("20.0.0.1", 3)]
    [InlineData("2a00:1::1", 3)]
    [InlineData("192.168.0.1", 20)] // Private: behind it there may be a whole network.
    public void OneHost_ConnectsThreeTimes_AndThenOnceInFiveSeconds(string host, int atOnce)
    {
        var h = Listening(_listener, _accepted, static options => options.MaxInbound = 1_000);
        for (var port = 1; port <= 20; port++)
            Connect(h, new IPEndPoint(IPAddress.Parse(host), port));
        Assert.Equal(atOnce, _accepted.Count);
        h.Advance(5 * Second);
        for (var port = 21; port <= 23; port++)
            Connect(h, new IPEndPoint(IPAddress.Parse(host), port));
        Assert.Equal(atOnce == 3 ? 4 : 23, _accepted.Count);
        h.Stop();
    }

    [Fact]
    public void AFlood_MakesOneOfAWholePrefix_AndAShareOfTheOthersWait()
    {
        var h = Listening(_listener, _accepted, static options => options.InboundLimits.FloodThreshold = 20);
        for (var host = 0; host < 21; host++)
            Connect(h, $"20.{host}.0.1:1");
        Assert.True(h.Snapshot.Inbound.IsFlooded);
        var before = _accepted.Count;
        for (var host = 1; host <= 100; host++)
            Connect(h, $"30.0.0.{host}:1"); // Alone each had three.
        Assert.InRange(_accepted.Count - before, 1, 3);
        before = _accepted.Count;
        for (var host = 0; host < 100; host++)
            Connect(h, $"40.{host}.0.1:1");
        Assert.InRange(_accepted.Count - before, 5, 95); // Honest ones are refused by lot, and get in when they try again.
        h.Advance(2 * Minute, Second);
        Assert.False(h.Snapshot.Inbound.IsFlooded);
        h.Stop();
    }

    [Fact]
    public void AnAllowedRange_HasPlacesOfItsOwn_WhateverTheOthersDo()
    {
        var h = Listening(_listener, _accepted, static options =>
        {
            options.MaxInbound = 2;
            options.InboundLimits.AllowList = [AllowedRange.Parse("noban,mempool@10.9.0.0/16")];
            options.InboundLimits.MaxAllowListed = 2;
        });
        for (var host = 1; host <= 20; host++)
            Connect(h, $"10.0.{host}.1:1");
        for (var port = 1; port <= 5; port++)
            Connect(h, $"10.9.0.1:{port}");
        Assert.Equal(4, _accepted.Count);
        Assert.Equal((2, 2), (h.Snapshot.Inbound.Regular, h.Snapshot.Inbound.AllowListed));
        Assert.Equal(ConnectionPermissions.NoBan | ConnectionPermissions.Mempool, _accepted[^1].Permissions);
        Assert.Equal(ConnectionPermissions.None, _accepted[0].Permissions);
        h.Stop();
    }

    [Fact]
    public void LoopbackPeersOfAnOnionService_AreNotLimitedByHost_ButWithTheirListener()
    {
        var onion = new FakeListener { Profile = new() { IsOnion = true, MaxConnections = 30 } };
        var h = Listening(_listener, _accepted, options =>
        {
            options.Listeners = [_listener, onion];
            options.MaxInbound = 64;
        });
        for (var port = 1; port <= 35; port++)
        {
            onion.Connect(Ip($"127.0.0.1:{port}"));
            h.Settle();
        }

        Assert.Equal(30, _accepted.Count);
        for (var port = 101; port <= 110; port++)
            Connect(h, $"127.0.0.1:{port}");
        Assert.Equal(40, _accepted.Count); // At the other listener, nothing counts 127.0.0.1 but the totals.
        h.Stop();
    }

    /// <summary>Each of them has an address of its own, which says nothing: the listener's limits hold for all, and all count as I2P.</summary>
    [Fact]
    public void PeersOfI2P_AreLimitedWithTheirListener_AndCountAsI2P()
    {
        var i2p = new FakeListener { Profile = new() { IsI2P = true, MaxConnections = 30 } };
        var h = Listening(_listener, _accepted, options =>
        {
            options.Listeners = [_listener, i2p];
            options.MaxInbound = 64;
        });
        for (byte number = 1; number <= 35; number++)
        {
            i2p.Connect(new NetworkEndPoint(Addresses.AddressGen.Of(AddressNetwork.I2P, [.. Enumerable.Repeat(number, 32)]), 0).ToEndPoint());
            h.Settle();
        }

        Assert.Equal(30, _accepted.Count);
        Assert.All(_accepted, static connection => Assert.False(connection.IsOnion || connection.HasAddressOfPeer));
        Assert.All(_accepted, static connection => Assert.Equal((AddressNetwork.I2P, false), (connection.Link.Facts!.Network, connection.Link.Facts.IsLocal)));
        Assert.All(_accepted, static connection => Assert.Equal(NetworkWord.I2P, NetworkWords.Of(connection.Link)));
        Assert.Equal([(ConnectFailureCause.PrefixLimit, 5L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Stop();
    }

    [Fact]
    public void TheTotal_KeepsPlacesForTheTarget_AndMakesRoomForWhatIsAskedFor()
    {
        var h = Listening(_listener, _accepted, static options => options.InboundLimits.MaxConnections = 10);
        h.Dialer.OnDial = static dial => dial.Succeed();
        for (var host = 1; host <= 20; host++)
            Connect(h, $"10.0.{host}.1:1");
        Assert.Equal(10, _accepted.Count); // No source, so nothing is kept for it.
        var asked = h.Manager.Connect(Ip("1.2.3.4"));
        h.Settle();
        Assert.Equal(ConnectionState.Established, asked.State);
        Assert.Equal(DisconnectCause.Evicted, h.Run(_accepted[9].Closed).Cause);
        Assert.Equal(9, h.Snapshot.Inbound.Regular);
        h.Stop();

        var listener = new FakeListener();
        var accepted = new List<Connection>();
        h = Full(8, options =>
        {
            options.Listeners = [listener];
            options.OnAccept = (connection, _) =>
            {
                accepted.Add(connection);
                return connection.Closed;
            };
            options.InboundLimits.MaxConnections = 10;
        });
        h.Run(h.Manager.SuspendAsync());
        h.Run(h.Manager.ResumeAsync());
        for (var host = 1; host <= 20; host++)
        {
            listener.Connect(Ip($"10.0.{host}.1:1"));
            h.Settle();
        }

        Assert.Equal(2, accepted.Count);
        h.Stop();
    }

    [Fact]
    public void BeyondTheTotal_OneThatIsProtected_StaysWhileAnotherCanGo()
    {
        var h = Listening(_listener, _accepted, static options => (options.InboundLimits.MaxConnections, options.TargetOutbound) = (3, 0));
        h.Dialer.OnDial = static dial => dial.Succeed();
        for (var i = 1; i <= 3; i++)
            _listener.Connect(Ip($"{i}.1.1.1"));
        h.Settle();
        _accepted[1].Protect("the test");
        _accepted[2].Protect("the test");

        h.Manager.Connect(Ip("9.9.9.9"));
        h.Settle();
        Assert.Equal(_accepted[1..], h.Snapshot.Connections.Select(static connection => connection.Connection).Where(static connection => connection.Direction == ConnectionDirection.Inbound));

        // Nobody else is left: what the user asks for comes first.
        h.Manager.Connect(Ip("9.9.9.8"));
        h.Settle();
        Assert.Equal((2, 1), (h.Snapshot.Count(ConnectionKind.OneOff), h.Snapshot.Count(ConnectionKind.Inbound)));
        h.Stop();
    }

    [Fact]
    public async Task BeyondMaxInbound_TheLeastUsefulGoes_AndTheProtectedStay()
    {
        var h = Listening(_listener, _accepted, static options => options.MaxInbound = 40);
        var events = new EventRecorder(h.Manager);
        for (var host = 1; host <= 40; host++)
        {
            Connect(h, $"10.0.{host}.1:1");
            h.Advance(Second, Second);
        }

        foreach (var connection in _accepted.TakeLast(3))
            connection.Protect("the test");
        Assert.True(_accepted[39].Unprotect("another") && !_accepted[39].Unprotect("the test"));
        _accepted[39].ReportUsefulBlock();
        _accepted[36].ReportRoundTrip(Ms);
        Connect(h, "20.0.0.1:1");

        Assert.Equal(41, _accepted.Count);
        Assert.Equal(40, h.Snapshot.Inbound.Regular);
        var gone = Assert.Single(_accepted, static connection => connection.Closed.IsCompleted);
        Assert.Same(_accepted[35], gone); // 37 and 38 are protected, 39 and 36 of use: the youngest that is neither.
        Assert.Equal(1, h.Snapshot.Inbound.Evicted);
        h.Stop();
        Assert.Single(await events.AllAsync<ConnectionClosed>(), static closed => closed.Reason.Cause == DisconnectCause.Evicted);
    }

    /// <summary>Idle peers differ from others only once something is known of what peers give, and after a minute.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BeyondMaxInbound_TheIdleGoFirst_OnlyWhenUsefulnessIsReported(bool isReported)
    {
        var h = Listening(_listener, _accepted, static options => options.MaxInbound = 40);
        for (var host = 1; host <= 40; host++)
        {
            Connect(h, $"10.0.{host}.1:1");
            h.Advance(host == 39 ? Minute : Second, Second);
        }

        if (isReported)
            _accepted[38].ReportParticipation();
        Connect(h, "20.0.0.1:1");

        // The last came less than a minute ago, and the one before takes part: Bitcoin Core's choice is the last, since it is the youngest.
        Assert.Same(_accepted[isReported ? 37 : 39], Assert.Single(_accepted, static connection => connection.Closed.IsCompleted));
        h.Stop();
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 3600)]
    public void WithEvictionOff_OrAllTooYoung_TheNewcomerIsRefused(bool evict, int minAge)
    {
        var h = Listening(_listener, _accepted, options =>
        {
            options.MaxInbound = 40;
            (options.InboundLimits.EvictionEnabled, options.InboundLimits.MinEvictionAge) = (evict, minAge * Second);
        });
        for (var host = 1; host <= 41; host++)
            Connect(h, $"10.0.{host}.1:1");
        Assert.Equal([(ConnectFailureCause.ConnectionLimit, 1L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        h.Stop();
    }

    [Fact]
    public async Task AThousandRefusals_AreToldInPart_AndCountedInFull()
    {
        var logger = new FakeLoggerFactory();
        var h = Listening(_listener, _accepted, options =>
        {
            options.MaxInbound = 0;
            options.LoggerFactory = logger;
        });
        var events = new EventRecorder(h.Manager);
        h.Advance(Minute, Second);
        for (var host = 0; host < 1_000; host++)
            Connect(h, $"20.{host / 250}.0.{host % 250}:1");
        h.Advance(Second, Second);
        for (var host = 1; host <= 15; host++)
            Connect(h, $"30.0.{host}.1:1");

        Assert.Equal([(ConnectFailureCause.ConnectionLimit, 1_015L)], h.Snapshot.Inbound.Refusals.Select(static each => (each.Cause, each.Count)));
        Assert.All(_listener.Streams, static stream => Assert.Equal(1, stream.Disposals));
        h.Stop();
        var told = (await events.AllAsync<InboundRefused>()).ToList();
        Assert.Equal(100 + 10 + 1, told.Count); // A burst, ten a second, and the last one at the end.
        Assert.Equal((900, 4), (told[100].Suppressed, told[^1].Suppressed));
        Assert.Equal(1_015, told.Sum(static refused => 1 + refused.Suppressed));
        Assert.Empty(logger.Warnings);
    }

    [Fact]
    public void SetInboundLimitsAsync_HoldsForThoseThatCome_AndALowerTotalClosesTheYoungest()
    {
        var h = Listening(_listener, _accepted);
        for (var port = 1; port <= 20; port++)
            Connect(h, $"10.0.0.1:{port}");
        h.Run(h.Manager.SetInboundLimitsAsync(new() { MaxPerHost = 1, MaxConnections = 15 }));
        Assert.Equal(15, h.Snapshot.Inbound.Regular);
        Assert.True(_accepted[19].Closed.IsCompleted && !_accepted[14].Closed.IsCompleted);
        Connect(h, "10.0.0.1:21");
        Assert.Equal(20, _accepted.Count);
        h.Stop();
    }

    [Fact]
    public void LimitsThatAreNotValid_AreAllNamed()
    {
        var limits = new InboundLimits
        {
            MaxPerHost = 0,
            MaxPerPrefix = 0,
            IPv4PrefixLength = 33,
            IPv6PrefixLength = 0,
            MaxHandshakesPerPrefix = 0,
            MaxHandshakes = 0,
            MaxConnections = 3,
            AcceptsPerSecond = double.NaN,
            AcceptBurst = 0,
            FloodThreshold = 0,
            AllowList = [null!],
            MaxAllowListed = -1,
            MinEvictionAge = -Second,
        };
        var error = Assert.Throws<ArgumentException>(() => Listening(
            new FakeListener { Profile = new() { MaxConnections = 0, MaxHandshakes = 0, AcceptsPerSecond = 0, AcceptBurst = 0 } }, [], options => options.InboundLimits = limits)).Message;
        foreach (var property in typeof(InboundLimits).GetProperties().Where(static property => property.PropertyType != typeof(bool)))
            Assert.Contains($"InboundLimits.{property.Name} ", error, StringComparison.Ordinal);
        foreach (var name in (string[])["MaxConnections", "MaxHandshakes", "AcceptsPerSecond", "AcceptBurst"])
            Assert.Contains($"ListenerProfile.{name} ", error, StringComparison.Ordinal);
    }

    /// <summary>Limits by source alone: a public address may come as often as it likes.</summary>
    private static void Unhurried(ConnectionManagerOptions options)
    {
        options.MaxInbound = 100;
        options.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
    }

    private void Connect(ManagerHarness h, string remote) => Connect(h, Ip(remote));

    private void Connect(ManagerHarness h, IPEndPoint remote)
    {
        _listener.Connect(remote);
        h.Settle();
    }
}
