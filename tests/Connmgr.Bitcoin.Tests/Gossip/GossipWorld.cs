using System.Net;

namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>A node with a book, and peers that the test plays. Time and chance are the test's.</summary>
internal sealed class GossipWorld
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public GossipWorld(Action<AddressGossipOptions>? configure = null, int seed = 1)
    {
        Book = new(new() { TimeProvider = Time, Random = new Random(seed), Key = Enumerable.Repeat((byte)7, 32).ToArray() });
        var options = new AddressGossipOptions { Book = Book, TimeProvider = Time, Random = new Random(seed) };
        configure?.Invoke(options);
        Gossip = new(options);
    }

    public CountingFakeTime Time { get; } = new(Start);

    public AddressBook Book { get; }

    public AddressGossip Gossip { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Joins a peer whose handshake is complete; its session has not begun.</summary>
    public async Task<GossipPeer> JoinAsync(
        ConnectionDirection direction, string? remote = "60.1.2.3:8333", EndPoint? local = null, bool addrV2 = true)
    {
        var (peer, stream) = await ConnectAsync(direction, remote is null ? null : IPEndPoint.Parse(remote), addrV2);
        return new(Gossip.Attach(peer, local), stream);
    }

    /// <summary>Connects a peer and does its handshake.</summary>
    public async Task<(BitcoinPeer Peer, FakeStream Stream)> ConnectAsync(
        ConnectionDirection direction, EndPoint? remote, bool addrV2 = true)
    {
        byte[] handshake = [.. Frames.Of(Frames.PeerVersion), .. addrV2 ? Frames.Of("sendaddrv2") : [], .. Frames.Of("verack")];
        var stream = new FakeStream().Feed(handshake);
        var bitcoin = new BitcoinProtocol(new()
        {
            Chain = Frames.Chain,
            TimeProvider = Time,

            // The tests let hours pass without playing the peer's side of that.
            PingInterval = TimeSpan.FromDays(20),
            PongTimeout = TimeSpan.FromDays(20),
            SendTimeout = TimeSpan.FromDays(20),
        });
        return (await bitcoin.HandshakeAsync(stream, direction, remote, Ct), stream);
    }

    /// <summary>Puts addresses into the book.</summary>
    public void Fill(int count, Func<int, NetworkEndPoint>? make = null)
    {
        for (var i = 0; i < count; i++)
        {
            var address = GossipGen.Node((make ?? GossipGen.IPv4)(i), Time.GetUtcNow());
            Book.Add(address, address.EndPoint.Address);
        }
    }

    /// <summary>Makes the payload of a message with a number of nodes, seen now.</summary>
    public byte[] Tell(int count, int from = 0) =>
        Tell([.. Enumerable.Range(from, count).Select(i => GossipGen.Node(GossipGen.IPv4(i), Time.GetUtcNow()))]);

    public static byte[] Tell(params PeerAddress[] addresses) => AddressMessage.Encode(MessageCommand.AddrV2, addresses)[0];
}
