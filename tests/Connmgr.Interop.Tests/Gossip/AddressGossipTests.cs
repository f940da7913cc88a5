using System.Globalization;
using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>Addresses that a real node tells us of, and that we tell it of.</summary>
public sealed class AddressGossipTests
{
    private const int Known = 300;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, AddressNetworks.IPv4 | AddressNetworks.IPv6)]
    [InlineData(true, AddressNetworks.IPv4 | AddressNetworks.IPv6 | AddressNetworks.TorV3)]
    public async Task Gossip_NodeThatKnowsAddresses_TheyReachTheBook(bool addrV2, AddressNetworks told)
    {
        await using var node = await StartAndFillAsync();
        var known = await KnownAsync(node);
        var gossip = NewGossip(out var book);
        await using var ours = new RegtestManager(
            options => options.OnConnection = (_, connection, token) => GossipAsync(gossip, connection, token),
            peers => peers.AddrV2 = addrV2);
        await ours.Manager.StartAsync(Cancellation);

        ours.Manager.Connect(node.EndPoint);
        await PassTimeUntilAsync(node, ours, () => gossip.Counts.Stored > 0); // Counted last.

        // 23 % of what it knows; an addr leaves out what it cannot say.
        var counts = gossip.Counts;
        Assert.InRange(counts.Received, addrV2 ? known.Count * 23 / 100 : 20, known.Count * 23 / 100);
        Assert.Equal((counts.Received, counts.Stored), (counts.Accepted, book.Count));
        Assert.InRange(counts.Stored, counts.Accepted * 8 / 10, counts.Accepted); // Some may want the same place.
        foreach (var network in new[] { AddressNetworks.IPv4, AddressNetworks.IPv6, AddressNetworks.TorV3 })
            Assert.Equal((told & network) != AddressNetworks.None, book.GetCount(network) > 0);
        Assert.All(book.GetEntries(), entry =>
        {
            Assert.Equal(known[entry.EndPoint], (entry.Address.LastSeen.AddHours(2), entry.Address.Services));
            Assert.True(entry.Source.IsLocal);
        });
    }

    [Fact]
    public async Task FetchAsync_NodeThatKnowsAddresses_EndsWithItsAnswer()
    {
        await using var node = await StartAndFillAsync();
        var gossip = NewGossip(out var book);
        await using var ours = new RegtestManager(options => options.OnConnection = async (_, connection, token) =>
        {
            await gossip.FetchAsync(RegtestManager.GetPeer(connection), token);
            connection.Close("it has told what it knows");
        });
        await ours.Manager.StartAsync(Cancellation);

        ours.Manager.Connect(node.EndPoint);
        await PassTimeUntilAsync(node, ours, () => book.Count > 0);

        var closed = await ours.Events.NextAsync<ConnectionClosed>(Cancellation);
        Assert.Equal("it has told what it knows", closed.Reason.Detail);
        await node.WaitForPeersAsync(static peers => peers.Count == 0, Cancellation);
    }

    [Fact]
    public async Task Gossip_NodeThatDialsUs_AsksAndLearnsOurAddresses()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var gossip = NewGossip(out var book);
        for (var i = 0; i < Known; i++)
        {
            var address = new PeerAddress(GetAddress(i), (ulong)NodeServices.Network, TimeProvider.System.GetUtcNow());
            book.Add(address, address.EndPoint.Address);
        }

        using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var ours = new RegtestManager(options =>
        {
            options.Listeners.Add(listener);
            options.OnAccept = (connection, token) => GossipAsync(gossip, connection, token);
        });
        await ours.Manager.StartAsync(Cancellation);

        await node.CallAsync("addnode", Cancellation, listener.LocalEndPoint.ToString(), "onetry", false);

        var expected = book.Count * 23 / 100;
        await node.WaitForPeersAsync(
            peers => peers.Count == 1 && peers[0].GetProperty("addr_processed").GetInt32() == expected, Cancellation);
        var learnt = await KnownAsync(node);
        Assert.InRange(learnt.Count, expected / 3, expected); // About a third is of Tor, which this node cannot reach: in 1 of 6000 runs more than half.
        Assert.All(learnt.Keys, endPoint => Assert.True(book.TryGet(endPoint, out _)));
    }

    private static AddressGossip NewGossip(out AddressBook book) =>
        new(new() { Book = book = new AddressBook(), ReachableNetworks = AddressNetworks.All });

    private static async Task GossipAsync(AddressGossip gossip, Connection connection, CancellationToken cancellationToken)
    {
        await using var session = gossip.Attach(RegtestManager.GetPeer(connection), connection.LocalEndPoint);
        await session.StartAsync(cancellationToken);
        await BitcoinProtocol.RunAsync(
            connection, async (_, message, token) => await session.HandleAsync(message, token), cancellationToken);
    }

    /// <summary>A node that answers each peer anew, and knows addresses on three networks. It dials none of them.</summary>
    private static async Task<BitcoindNode> StartAndFillAsync()
    {
        var options = new BitcoindOptions { Arguments = ["-whitelist=addr@127.0.0.0/8"] };
        var node = await BitcoindNode.StartAsync(options, Cancellation);
        try
        {
            for (var i = 0; i < Known; i++)
            {
                var endPoint = GetAddress(i);
                await node.CallAsync("addpeeraddress", Cancellation, endPoint.Address.ToString(), endPoint.Port, false);
            }

            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    private static async Task<Dictionary<NetworkEndPoint, (DateTimeOffset Seen, ulong Services)>> KnownAsync(BitcoindNode node) =>
        (await node.CallAsync("getnodeaddresses", Cancellation, 0)).EnumerateArray().ToDictionary(
            static address => new NetworkEndPoint(
                NetworkAddress.Parse(address.GetProperty("address").GetString()!), (ushort)address.GetProperty("port").GetInt32()),
            static address => (
                DateTimeOffset.FromUnixTimeSeconds(address.GetProperty("time").GetInt64()), address.GetProperty("services").GetUInt64()));

    /// <summary>A third each of IPv4, IPv6 and Tor.</summary>
    private static NetworkEndPoint GetAddress(int number)
    {
        if (number % 3 == 0)
            return NetworkEndPoint.Parse(string.Create(CultureInfo.InvariantCulture, $"{20 + number % 80}.{number % 256}.1.1:8333"));
        if (number % 3 == 1)
            return NetworkEndPoint.Parse(string.Create(CultureInfo.InvariantCulture, $"[2a0{number % 10}:{number:x}::1]:8333"));
        NetworkAddress.ReadBip155((byte)AddressNetwork.TorV3, [(byte)(number * 37), (byte)(number >> 8), .. new byte[30]], out var onion);
        return new(onion, 8333);
    }

    /// <summary>
    /// Once it was asked, a node sends addresses at the next of moments that are half a minute apart: its clock is moved on until it has.
    /// (Not earlier: it would think that the handshake took that long.)
    /// </summary>
    private static async Task PassTimeUntilAsync(BitcoindNode node, RegtestManager ours, Func<bool> isDone)
    {
        const int LooksPerJump = 40;
        await node.WaitForPeersAsync(
            peers => isDone() // The answer came at once, and the connection may be over.
                || (peers.Count == 1 && ours.IsMe(peers[0]) && peers[0].GetProperty("bytesrecv_per_msg").TryGetProperty("getaddr", out _)),
            Cancellation);
        var (looks, clock) = (0, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        await Poll.UntilAsync(
            async token =>
            {
                if (!isDone() && looks++ % LooksPerJump == 0)
                    await node.CallAsync("setmocktime", token, clock += 120);
                return isDone();
            },
            () => "the node told of no addresses",
            Cancellation);
    }
}
