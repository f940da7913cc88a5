using System.Net;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Scores, discouragement and bans where they count: on the connections of a network.</summary>
public sealed class PeerNetworkBansTests : IAsyncDisposable
{
    private static readonly IPEndPoint Ours = Ip("250.9.9.9", 18444);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-bans-");
    private readonly MemoryNetwork _memory = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60), TimeProvider.System);
    private int _port = 50_000;

    /// <summary>The deadline against hanging. No test depends on it.</summary>
    private CancellationToken Cancellation => _deadline.Token;

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Inbound_ThatMisbehaves_IsDiscouragedBannedRefusedAndStaysSoAfterARestart()
    {
        await using (var network = await StartAsync())
        {
            await using (var quiet = await ConnectAsync("8.1.2.3"))
            {
                await HasPeersAsync(network, 1);
                await MisbehaveAsync("8.1.2.3");
                Assert.True(network.Reputation.Discouraged.Contains(NetworkAddress.Parse("8.1.2.3")));
                await DrainAsync(quiet); // The host's other connections are ended before the next one comes, which would be one of them.
            }

            await MisbehaveAsync("8.1.2.3");
            var ban = Assert.Single(network.Bans.GetBans());
            Assert.Equal(("8.1.2.3/32", "TooManyAddresses, score 200"), (ban.Target.ToString(), ban.Comment));
            await AssertRefusedAsync(network, "8.1.2.3");
            await AssertAcceptedAsync("8.1.2.4");
        }

        await using (var again = await StartAsync())
        {
            Assert.Equal("8.1.2.3/32", Assert.Single(again.Bans.GetBans()).Target.ToString());
            await AssertRefusedAsync(again, "8.1.2.3");
            again.Bans.Clear();
            await AssertAcceptedAsync("8.1.2.3");
        }

        await using var last = await StartAsync();
        Assert.Empty(last.Bans.GetBans());
    }

    [Fact]
    public async Task Bans_OneThatIsAdded_EndsTheConnectionsItMatches()
    {
        await using var network = await StartAsync();
        await using var first = await ConnectAsync("8.1.2.3");
        await using var second = await ConnectAsync("8.1.9.9");
        await using var other = await ConnectAsync("9.1.2.3");
        await HasPeersAsync(network, 3);

        network.Bans.Add(BanTarget.Parse("8.1.0.0/16"));

        await DrainAsync(first);
        await DrainAsync(second);
        await HasPeersAsync(network, 1);
        Assert.Equal(Ip("9.1.2.3", 50_003), Assert.Single(await network.GetPeersAsync(Cancellation)).Connection.RemoteEndPoint);
    }

    [Fact]
    public async Task Inbound_DiscouragedForOneConnection_LosesItsOthers()
    {
        await using var network = await StartAsync();
        await using var quiet = await ConnectAsync("8.1.2.3");
        await using var neighbour = await ConnectAsync("8.1.2.4");
        await HasPeersAsync(network, 2);

        await MisbehaveAsync("8.1.2.3");

        await DrainAsync(quiet);
        await HasPeersAsync(network, 1);
    }

    [Fact]
    public async Task Misbehaved_ByTheProgram_EndsTheConnectionsOfTheHost()
    {
        await using var network = await StartAsync();
        await using var first = await ConnectAsync("8.1.2.3");
        await using var second = await ConnectAsync("8.1.2.3");
        await using var neighbour = await ConnectAsync("8.1.2.4");
        await HasPeersAsync(network, 3);

        Assert.Equal(MisbehaviorAction.Discourage, network.Reputation.ReportMisbehavior(Ip("8.1.2.3", 1), Misbehavior.InvalidData).Action);

        await DrainAsync(first);
        await DrainAsync(second);
        await HasPeersAsync(network, 1);
        network.Reputation.Discouraged.Add(NetworkAddress.Parse("8.1.2.4"));
        await DrainAsync(neighbour);
    }

    [Fact]
    public async Task ReportMisbehavior_OfAPeer_EndsTheConnectionsOfTheHost()
    {
        await using var network = await StartAsync();
        await using var first = await ConnectAsync("8.1.2.3");
        await using var second = await ConnectAsync("8.1.2.3");
        await using var neighbour = await ConnectAsync("8.1.2.4");
        await HasPeersAsync(network, 3);
        var peer = (await network.GetPeersAsync(Cancellation)).Select(each => each.Peer)
            .First(each => each.RemoteEndPoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.Parse("8.1.2.3")));

        Assert.Equal(MisbehaviorAction.Tolerate, peer.ReportMisbehavior(Misbehavior.UselessAnswer).Action);
        Assert.False(peer.Closed.IsCompleted);
        Assert.Equal(MisbehaviorAction.Ban, peer.ReportMisbehavior(Misbehavior.InvalidData).Action);

        await DrainAsync(first);
        await DrainAsync(second);
        await HasPeersAsync(network, 1);
        Assert.Equal(peer.Id, peer.Connection!.Id);
        var reason = await peer.Closed.WaitAsync(Cancellation);
        Assert.True(reason.Cause is DisconnectCause.ProtocolViolation or DisconnectCause.GateRefused, $"{reason}"); // The report and the ban both end it.
    }

    [Fact]
    public async Task ReportMisbehavior_OfAPeerWithoutAnAddressOfItsOwn_ClosesThatConnectionOnly()
    {
        await using var network = await StartAsync();
        await using var first = await ConnectAsync("127.0.0.1");
        await HasPeersAsync(network, 1);
        await using var second = await ConnectAsync("127.0.0.1");
        await HasPeersAsync(network, 2);
        var peer = (await network.GetPeersAsync(Cancellation)).MinBy(each => each.Peer.Id).Peer;

        Assert.Equal(default, peer.ReportMisbehavior(Misbehavior.InvalidData));

        await DrainAsync(first);
        await HasPeersAsync(network, 1);
        Assert.Equal(0, network.Reputation.Scores.Count);
    }

    [Fact]
    public async Task GetPeersAsync_AnAddressFetchUnderWay_LeavesItOut()
    {
        var theirs = Ip("8.1.2.3", 8333);
        _memory.SetBehavior(theirs, HostBehavior.Serving(async (stream, _) =>
        {
            await stream.WriteAsync(Frames.Handshake(), Cancellation);
            await DrainAsync(stream); // It gives no addresses.
        }));
        await using var network = await StartAsync(options =>
        {
            options.SeedNodes = [theirs];
            options.Protocol = new() { Transport = TransportPolicy.V1Only };
        });

        await Eventually.TrueAsync(async () => (await network.Connections.GetSnapshotAsync(Cancellation)).Connections.Any(static connected =>
            connected.Connection.UserState is BitcoinPeer && PeerNetwork.GetPurpose(connected.Connection) == PeerPurpose.AddressFetch));
        Assert.Empty(await network.GetPeersAsync(Cancellation));
    }

    [Theory]
    [InlineData("127.0.0.1")] // This machine.
    [InlineData("172.17.0.1")] // The gateway of a container.
    [InlineData("192.168.9.5")] // A Tor or a NAT on the local network.
    [InlineData("250.9.9.9")] // The address listened on.
    [InlineData("20.0.0.7")] // Our address outside.
    [InlineData("20.0.0.3")] // A proxy.
    [InlineData("20.0.0.4")] // Tor's control port.
    public async Task Inbound_FromAnAddressThatDoesNotStandForOneHost_IsDisconnectedButNothingIsHeldAgainstIt_T55(string address)
    {
        await using var network = await StartAsync(options =>
        {
            options.Proxies = new PeerNetworkProxies
            {
                Rules = ProxyRules.All(Ip("20.0.0.3", 9050)),
                TorControl = Ip("20.0.0.4", 9051),
                PublishOnionService = false,
                Socks5 = new Socks5DialerOptions { Connect = static (_, _) => throw new IOException("no peer is there") },
            };
            options.ExternalAddresses = [NetworkEndPoint.Parse("20.0.0.7:18444")];
        });
        for (var i = 0; i < 5; i++)
            await MisbehaveAsync(address);

        Assert.Equal((0, 0), (network.Bans.Count, network.Reputation.Scores.Count));
        Assert.False(network.Reputation.Discouraged.Contains(NetworkAddress.Parse(address)));
        await AssertAcceptedAsync(address);
        network.Bans.Add(BanTarget.Parse(address)); // A ban of the user's holds.
        await AssertRefusedAsync(network, address);
    }

    [Fact]
    public async Task Inbound_FromAProxy_IsNotHeldAgainstItByAReputationOfTheUsers()
    {
        await using var network = await StartAsync(options =>
        {
            options.Reputation = new PeerReputation();
            options.Proxies = new PeerNetworkProxies { Rules = ProxyRules.All(Ip("20.0.0.3", 9050)) };
        });
        for (var i = 0; i < 3; i++)
            await MisbehaveAsync("20.0.0.3");

        Assert.Equal((0, 0), (network.Bans.Count, network.Reputation.Scores.Count));
    }

    [Fact]
    public async Task Inbound_ThroughAnOnionListener_IsNotHeldAgainstTheAddressOfTor()
    {
        await using var network = await StartAsync(options => (options.OnionListenOn, options.Configure) = ([new IPEndPoint(IPAddress.Loopback, 0)], null));
        var where = (IPEndPoint)Assert.Single(network.OnionListenEndPoints);
        Assert.DoesNotContain(where, network.ListenEndPoints);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(where, Cancellation);
        await client.GetStream().WriteAsync(Frames.Handshake(), Cancellation);
        await HasPeersAsync(network, 1);
        var connection = Assert.Single(await network.GetPeersAsync(Cancellation)).Connection;

        Assert.True(connection.IsOnion);
        Assert.Equal(default, network.Reputation.ReportMisbehavior(connection, Misbehavior.InvalidData));
        network.Reputation.Discouraged.Add(NetworkAddress.Parse("127.0.0.1")); // Whatever is thought of Tor's address, its visitors stay.
        network.Bans.Add(BanTarget.Parse("8.1.2.3"));
        await Eventually.TrueAsync(async () => await network.Connections.RecheckGateAsync(Cancellation) == 0);
        Assert.False(connection.ClosingToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Permanent_ThatMisbehaves_IsNeitherScoredNorBanned_T55()
    {
        var theirs = Ip("8.1.2.3", 8333);
        var attempts = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _memory.SetBehavior(theirs, HostBehavior.Serving(async (stream, token) =>
        {
            await stream.WriteAsync(Misbehaving(), token);
            if (++attempts == 4)
                enough.SetResult();
            await DrainAsync(stream);
        }));
        await using var network = await StartAsync(options =>
        {
            options.PermanentPeers = [theirs];
            options.Configure += manager => manager.RetryDuration = TimeSpan.FromMilliseconds(1);
        });

        await enough.Task.WaitAsync(Cancellation);

        Assert.Equal(0, network.Reputation.Scores.Count);
        network.Bans.Add(BanTarget.Parse("8.1.2.3"));
        Assert.Equal(GateVerdict.Refuse, network.Reputation.Evaluate(theirs, ConnectionDirection.Outbound));
    }

    [Fact]
    public async Task Inbound_AllowedWithNoBan_IsNotScored_AndStaysWhenBanned()
    {
        await using var network = await StartAsync(options => options.Configure += manager =>
            manager.InboundLimits.AllowList = [AllowedRange.Parse("noban@8.1.2.0/24")]);
        for (var i = 0; i < 4; i++)
            await MisbehaveAsync("8.1.2.3");
        Assert.Equal(0, network.Reputation.Scores.Count);
        await using var stays = await ConnectAsync("8.1.2.3");
        await using var goes = await ConnectAsync("8.1.3.3");
        await HasPeersAsync(network, 2);

        network.Bans.Add(BanTarget.Parse("8.1.0.0/16"));

        await DrainAsync(goes);
        await HasPeersAsync(network, 1);
        await AssertAcceptedAsync("8.1.2.4");
    }

    [Fact]
    public async Task StartAsync_DamagedBans_AreSetAsideAndItStarts()
    {
        var files = ChainDirectory.FromDataDirectory(_folder.FullName, ChainParameters.Regtest);
        Directory.CreateDirectory(files.Folder);
        await File.WriteAllTextAsync(files.Bans, "no bans", Cancellation);

        await using var network = await StartAsync();

        Assert.Equal("no bans", await File.ReadAllTextAsync($"{files.Bans}.bad", Cancellation));
        Assert.Contains("banlist.json.bad", Assert.Single(network.GetStatistics().Problems), StringComparison.Ordinal);
        network.Bans.Add(BanTarget.Parse("8.1.2.3"));
        await network.StopAsync(Cancellation);
        Assert.Equal(1, (await BanListFile.LoadAsync(files.Bans, cancellationToken: Cancellation)).Bans.Count);
    }

    [Fact]
    public async Task StartAsync_BansAddedBefore_AreKeptBesideThoseOfTheFile()
    {
        await using (var network = await StartAsync())
            network.Bans.Add(BanTarget.Parse("8.1.2.3"));
        var bans = new BanList();
        bans.Add(BanTarget.Parse("8.1.2.4"));

        await using (var network = await StartAsync(options => options.Reputation = new PeerReputation(new() { Bans = bans })))
            Assert.Equal(2, network.Bans.Count);

        await using var last = await StartAsync();
        Assert.Equal(2, last.Bans.Count);
    }

    [Theory]
    [InlineData(ProtocolViolation.WrongMagic, null)]
    [InlineData(ProtocolViolation.Truncated, null)]
    [InlineData(ProtocolViolation.ObsoleteVersion, null)]
    [InlineData(ProtocolViolation.MissingServices, null)]
    [InlineData(ProtocolViolation.SelfConnection, null)]
    [InlineData(ProtocolViolation.PongTimeout, null)]
    [InlineData(ProtocolViolation.SendTimeout, null)]
    [InlineData(ProtocolViolation.SendBacklog, null)]
    [InlineData(ProtocolViolation.BadChecksum, null)]
    [InlineData(ProtocolViolation.BadCommand, null)]
    [InlineData(ProtocolViolation.MessageTooLarge, null)]
    [InlineData(ProtocolViolation.BadPayload, null)]
    [InlineData(ProtocolViolation.TooManyAddresses, "100+0")]
    public void MisbehaviorOf_HonestFaults_CountForNothing(ProtocolViolation violation, string? points)
    {
        var misbehavior = MisbehaviorPolicy.GetMisbehavior(violation);

        Assert.Equal(points, misbehavior is { } what ? $"{what.Persistent}+{what.Transient}" : null);
        Assert.Equal(points is null ? null : violation.ToString(), misbehavior?.Name);
    }

    private static IPEndPoint Ip(string address, int port) => new(IPAddress.Parse(address), port);

    /// <summary>Encodes a handshake, and then a message that no honest peer sends.</summary>
    private static byte[] Misbehaving() => [.. Frames.Handshake(), .. Frames.Of("addr", [0xfd, 0xe9, 0x03, .. new byte[1001 * 30]])];

    private async Task DrainAsync(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, Cancellation) > 0)
            {
                // All that counts is the end.
            }
        }
        catch (IOException)
        {
            // Reset rather than closed.
        }
    }

    private Task HasPeersAsync(PeerNetwork network, int count) =>
        Eventually.TrueAsync(async () => (await network.GetPeersAsync(Cancellation)).Length == count);

    private async Task<PeerNetwork> StartAsync(Action<PeerNetworkOptions>? configure = null)
    {
        var options = new PeerNetworkOptions
        {
            Chain = ChainParameters.Regtest,
            DataDirectory = _folder.FullName,
            Dial = _memory.DialAsync,
            Configure = manager =>
            {
                manager.Listeners = [_memory.Listen(Ours)];
                manager.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
            },
        };
        configure?.Invoke(options);
        var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        return network;
    }

    private async Task<Stream> DialAsync(string address) => await _memory.DialFrom(Ip(address, ++_port))(Ours, Cancellation);

    private async Task<Stream> ConnectAsync(string address)
    {
        var stream = await DialAsync(address);
        await stream.WriteAsync(Frames.Handshake(), Cancellation);
        return stream;
    }

    /// <summary>Misbehaves, and waits until the connection is closed for it.</summary>
    private async Task MisbehaveAsync(string address)
    {
        await using var stream = await DialAsync(address);
        await stream.WriteAsync(Misbehaving(), Cancellation);
        await DrainAsync(stream);
    }

    /// <summary>Asserts that a connection is closed before any message is sent.</summary>
    private async Task AssertRefusedAsync(PeerNetwork network, string address)
    {
        var before = (await network.Connections.GetSnapshotAsync(Cancellation)).Inbound.Accepted;
        await using var stream = await DialAsync(address);
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
        }
        catch (IOException)
        {
            // Reset rather than closed.
        }

        Assert.Equal(before, (await network.Connections.GetSnapshotAsync(Cancellation)).Inbound.Accepted);
    }

    private async Task AssertAcceptedAsync(string address)
    {
        await using var stream = await ConnectAsync(address);
        Assert.Equal(1, await stream.ReadAsync(new byte[1], Cancellation));
    }
}
