using System.Collections.Concurrent;
using System.Net;
using Connmgr.Tests.Proxies;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Networks that reach each other through an I2P router in memory.</summary>
public sealed class PeerNetworkI2PTests : IDisposable
{
    private static readonly IPEndPoint Sam = new(IPAddress.Loopback, 7656);

    private readonly FakeSam _router = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-i2p-");
    private readonly ConcurrentQueue<I2PState> _states = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Inbound_ThroughI2P_HasItsAddress_AndIsNotScored()
    {
        await using var ours = await StartAsync(Options(accept: true));
        var address = await AddressAsync(ours);
        Assert.Equal(FakeSam.GetAddress(await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "regtest", "i2p_private_key"), Cancellation)), address.Address);
        await Eventually.TrueAsync(() => _router.HasAcceptor(address.Address));
        await using var theirs = await StartAsync(Options(accept: false), network => network.PermanentPeers = [address.ToEndPoint()!]);

        await Eventually.TrueAsync(async () => (await ours.GetPeersAsync(Cancellation)).Length == 1 && (await theirs.GetPeersAsync(Cancellation)).Length == 1);

        var inbound = Assert.Single(await ours.GetPeersAsync(Cancellation)).Connection;
        var outbound = Assert.Single(await theirs.GetPeersAsync(Cancellation)).Connection;
        Assert.Equal(address.ToEndPoint(), outbound.RemoteEndPoint);
        Assert.Equal(address.ToEndPoint(), inbound.LocalEndPoint);
        Assert.Equal(outbound.LocalEndPoint, inbound.RemoteEndPoint);
        Assert.True(NetworkEndPoint.TryFromEndPoint(inbound.RemoteEndPoint, out var peer));
        Assert.Equal(AddressNetwork.I2P, peer.Address.Network);
        Assert.Equal(ConnectionPermissions.None, inbound.Permissions);
        Assert.Equal(default, ours.Reputation.ReportMisbehavior(inbound, Misbehavior.InvalidData));
        Assert.Equal(0, ours.Reputation.Scores.Count);

        // A ban of the user's holds.
        ours.Bans.Add(BanTarget.Parse(peer.Address.ToString()));
        await inbound.Closed.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task StopAsync_OfANetworkWithI2P_LeavesNothingOpen()
    {
        await using (var ours = await StartAsync(Options(accept: true)))
        {
            var address = await AddressAsync(ours);
            await using var theirs = await StartAsync(Options(accept: false), network => network.PermanentPeers = [address.ToEndPoint()!]);
            await Eventually.TrueAsync(async () => (await ours.GetPeersAsync(Cancellation)).Length == 1);
        }

        await Eventually.TrueAsync(() => _router.OpenCount == 0 && _router.Addresses.Count == 0);
    }

    /// <summary>The dial comes from our own address, so the connection that arrives has the address that is being dialled, and is refused.</summary>
    [Fact]
    public async Task Connect_ToOurOwnAddress_MakesNoConnection()
    {
        await using var ours = await StartAsync(Options(accept: true));
        var address = await AddressAsync(ours);
        await Eventually.TrueAsync(() => _router.HasAcceptor(address.Address));

        var outcome = await ours.Connections.Connect(address.ToEndPoint()!).FirstOutcome.WaitAsync(Cancellation);

        Assert.Equal(ConnectFailureCause.Reset, outcome.Cause);
        await Eventually.TrueAsync(async () => (await ours.Connections.GetSnapshotAsync(Cancellation)).Inbound.Refusals is [{ Cause: ConnectFailureCause.DuplicateAddress }]);
    }

    /// <summary>The persistent address is not shown to the recipients of a private broadcast.</summary>
    [Fact]
    public async Task BroadcastPrivately_WithAnI2PAddress_DialsFromAnotherOne()
    {
        byte[] transaction = [2, 0, 0, 0, 1, .. new byte[36], 0, 255, 255, 255, 255, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x51, 0, 0, 0, 0];
        var recipient = new I2PController(Sam, new() { AcceptConnections = true, Connect = _router.ConnectAsync });
        using var stop = new CancellationTokenSource();
        var running = recipient.RunAsync(stop.Token);
        var target = (await recipient.WaitAsync(static state => state.IsConnected, Cancellation)).Address!.Value;
        var accepting = recipient.Listener!.AcceptAsync(Cancellation).AsTask();
        await Eventually.TrueAsync(() => _router.HasAcceptor(target.Address));
        var book = new AddressBook();
        book.Add(new PeerAddress(target, 9, TimeProvider.System.GetUtcNow()), target.Address);
        await using var ours = await StartAsync(Options(accept: true), network =>
        {
            (network.Book, network.Policies) = (book, PeerPolicies.None);
            network.Protocol = new() { Relay = false, RequiredServices = NodeServices.None, Transport = TransportPolicy.V1Only };
        });
        var own = await AddressAsync(ours);

        var broadcast = ours.BroadcastPrivatelyAsync(transaction, new() { Recipients = 1 }, Cancellation);
        await using var stream = await accepting.WaitAsync(Cancellation);
        Assert.True(NetworkEndPoint.TryFromEndPoint(((IStreamEndPoints)stream).RemoteEndPoint, out var sender));
        Assert.NotEqual(own, sender);
        Assert.Contains(own.Address, _router.Addresses);
        await TakeAsync(stream);

        Assert.Equal(1, (await broadcast.WaitAsync(Cancellation)).Recipients);
        await Eventually.TrueAsync(() => !_router.Addresses.Contains(sender.Address)); // It ends with its connection.
        await stop.CancelAsync();
        await running;

        static async Task TakeAsync(Stream stream)
        {
            using var reader = new FrameReader(stream, Frames.Chain);
            while (await reader.ReadAsync(Cancellation) is { } message)
            {
                var payload = message.Payload.ToArray();
                if (message.Command == MessageCommand.Version)
                    await stream.WriteAsync(Frames.Handshake(Frames.PeerVersion), Cancellation);
                else if (message.Command == MessageCommand.Inv)
                    await stream.WriteAsync(Frames.Of("getdata", [1, 1, 0, 0, 0, .. payload[5..]]), Cancellation);
                else if (message.Command == MessageCommand.Ping)
                    await stream.WriteAsync(Frames.Of("pong", payload), Cancellation);
            }
        }
    }

    /// <summary>The address is announced while it is served, to peers on I2P and to no others.</summary>
    [Fact]
    public async Task ExternalAddresses_HaveTheAddress_WhileItIsServed()
    {
        await using var ours = await StartAsync(Options(accept: true));
        var address = await AddressAsync(ours);
        await Eventually.TrueAsync(() => ours.ExternalAddresses.All.Length == 1);

        var served = Assert.Single(ours.ExternalAddresses.All);
        Assert.Equal((address, ExternalAddressOrigin.I2P), (served.EndPoint, Assert.Single(served.Origins)));
        Assert.Equal(address, ours.ExternalAddresses.Find(FakeSam.GetAddress(FakeSam.GetKey(5)))?.EndPoint);
        Assert.Null(ours.ExternalAddresses.Find(NetworkAddress.Parse("20.0.0.1")));

        _router.IsDown = true;
        _router.Kill();
        await Eventually.TrueAsync(() => ours.ExternalAddresses.All.IsEmpty);
    }

    [Fact]
    public async Task GetShortage_WithoutASession_NamesIt()
    {
        _router.IsDown = true;
        await using var ours = await StartAsync(Options(accept: false), static network => network.TargetOutbound = 1);
        await Eventually.TrueAsync(() => ours.I2P is { Failure: not null });

        var shortage = ours.GetShortage(await ours.Connections.GetSnapshotAsync(Cancellation));

        Assert.True(shortage!.Reasons.HasFlag(ShortageReasons.NoI2PSession));
        Assert.Contains("the I2P router has no session", shortage.ToString(), StringComparison.Ordinal);
        Assert.Contains("nobody listens", _states.First().Failure, StringComparison.Ordinal);
    }

    private static async Task<NetworkEndPoint> AddressAsync(PeerNetwork network)
    {
        await Eventually.TrueAsync(() => network.I2P is { Address: not null });
        return network.I2P!.Address!.Value;
    }

    private static async Task<PeerNetwork> StartAsync(PeerNetworkOptions options, Action<PeerNetworkOptions>? configure = null)
    {
        configure?.Invoke(options);
        var network = new PeerNetwork(options);
        await network.StartAsync(Cancellation);
        return network;
    }

    private PeerNetworkOptions Options(bool accept) => new()
    {
        Chain = ChainParameters.Regtest,
        TargetOutbound = 0,
        DataDirectory = accept ? _folder.FullName : null,
        Policies = BookedSandbox.Calm,
        Protocol = new BitcoinPeerOptions { RequiredServices = NodeServices.None },
        Dial = static (_, _) => throw new InvalidOperationException("dialled past the router"),
        Proxies = new PeerNetworkProxies
        {
            I2PSam = Sam,
            AcceptI2P = accept,
            OnlyNetworks = AddressNetworks.I2P,
            OnI2PChanged = _states.Enqueue,
            Socks5 = new Socks5DialerOptions { Connect = _router.ConnectAsync },
        },
    };
}
