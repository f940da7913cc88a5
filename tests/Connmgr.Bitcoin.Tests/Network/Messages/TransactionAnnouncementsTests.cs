using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Transactions that are announced to peers on streams: the inventory, the answers, and what is passed on.</summary>
public class TransactionAnnouncementsTests
{
    /// <summary>A transaction with a witness and without outputs, in the serialization of BIP144.</summary>
    private static readonly byte[] Transaction =
    [
        2, 0, 0, 0, 0, 1, 1, .. new byte[36], 0, 0xff, 0xff, 0xff, 0xff, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x51, 1, 1, 0x51, 0, 0, 0, 0,
    ];

    private static readonly byte[] TxId = Hash(1);
    private static readonly byte[] WtxId = Hash(2);
    private static readonly VersionMessage NoWitness = Frames.PeerVersion with { Services = NodeServices.Network };

    private readonly FakeTimeProvider _time = new();
    private readonly MessageRouter _router = new(new PeerNetworkOptions(), forwardsGossip: false);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, InventoryType.Transaction)]
    [InlineData(true, InventoryType.TransactionByWtxid)]
    public async Task Announce_BothSidesDoWtxidRelay_TellsTheWtxid_OtherwiseTheTxid(bool sendsWtxidRelay, InventoryType expected)
    {
        var announcements = NewAnnouncements(sendsWtxidRelay);
        var (before, there) = await OneAsync();
        var (after, here) = await OneAsync();
        announcements.OnJoined(before);
        using var announcement = Announce(announcements);
        announcements.OnJoined(after);
        Assert.Equal(2, announcement.Announced);
        var item = Item(expected, sendsWtxidRelay ? WtxId : TxId);
        foreach (var sent in (SentMessages[])[there, here])
        {
            var (command, payload) = await sent.NextAsync();
            Assert.Equal("inv", command);
            Assert.Equal([1, .. item], payload);
        }
    }

    [Fact]
    public async Task Announce_TellsOnlyPeersThatRelay_ThatMatch_AndThatAreThere()
    {
        var announcements = NewAnnouncements();
        var blocksOnly = (await OneAsync(Frames.PeerVersion with { Relay = false })).Peer;
        var gone = (await OneAsync()).Peer;
        var unwanted = (await OneAsync()).Peer;
        announcements.OnJoined(blocksOnly);
        announcements.OnJoined(gone);
        announcements.OnJoined(unwanted);
        announcements.OnEnded(gone);
        using var announcement = Announce(announcements, peer => peer != unwanted);
        Assert.Equal(0, announcement.Announced);
        announcements.OnJoined((await OneAsync(Frames.PeerVersion with { Relay = false })).Peer);
        Assert.Equal(0, announcement.Announced);
        announcements.OnJoined((await OneAsync()).Peer);
        Assert.Equal(1, announcement.Announced);
    }

    [Fact]
    public async Task Announce_FunctionThatThrows_IsTheCallersForPresentPeers_AndFalseForLaterOnes()
    {
        var announcements = NewAnnouncements();
        using (var announcement = Announce(announcements, static _ => throw new FormatException("mine")))
        {
            announcements.OnJoined((await OneAsync()).Peer);
            Assert.Equal(0, announcement.Announced);
        }

        Assert.Throws<FormatException>(() => Announce(announcements, static _ => throw new FormatException("mine")));
        Assert.False(Reads(MessageCommand.GetData));
        Announce(announcements).Dispose(); // It is not announced any more.
    }

    [Theory]
    [InlineData(InventoryType.Transaction, true, true)] // As Bitcoin Core asks one who does not offer witnesses.
    [InlineData(InventoryType.Transaction, false, false)]
    [InlineData(InventoryType.WitnessTransaction, true, true)]
    [InlineData(InventoryType.WitnessTransaction, false, true)]
    [InlineData(InventoryType.TransactionByWtxid, true, true)]
    public async Task Answer_GivesTheTransaction_WithoutWitnessesToThoseThatDoNotKnowThem(InventoryType type, bool knowsWitnesses, bool hasWitness)
    {
        var announcements = NewAnnouncements();
        using var announcement = Announce(announcements);
        var (peer, stream) = await JoinAsync(announcements, knowsWitnesses ? null : NoWitness);
        var message = GetData(Item(type, type == InventoryType.TransactionByWtxid ? WtxId : TxId));
        Assert.True(announcements.MayAnswer(message));
        Assert.Null(await announcements.AnswerAsync(peer, message, Ct));
        var (command, payload) = await stream.NextAsync();
        Assert.Equal("tx", command);
        Assert.True(WitnessStripper.TryStrip(Transaction, out var stripped));
        Assert.Equal(hasWitness ? Transaction : stripped.Value.ToArray(), payload);
        Assert.Same(peer, Assert.Single(announcement.FetchedBy));
    }

    [Fact]
    public async Task Answer_PassesOnWhatIsNotAnnounced_AndAnswersEachOnce()
    {
        var announcements = NewAnnouncements();
        using var announcement = Announce(announcements);
        var (peer, stream) = await JoinAsync(announcements);
        byte[][] others = [Item(InventoryType.Block, TxId), Item(InventoryType.Transaction, WtxId), Item(InventoryType.TransactionByWtxid, TxId), Item(InventoryType.Transaction, Hash(3))];
        var mine = Item(InventoryType.WitnessTransaction, TxId);
        var rest = await announcements.AnswerAsync(peer, GetData([others[0], mine, others[1], others[2], mine, others[3], Item(InventoryType.TransactionByWtxid, WtxId)]), Ct);
        Assert.Equal(GetData(others).Payload.ToArray(), rest!.Value.Payload.ToArray());
        Assert.Equal("tx", (await stream.NextAsync()).Command);
        Assert.Empty(stream.Rest()); // Once for a message, however often it is asked for.

        foreach (var message in (BitcoinMessage[])[GetData(others), new(MessageCommand.GetData, new byte[] { 2, 0 }), new(MessageCommand.GetData, default), new(MessageCommand.GetData, new byte[] { 0xff, 1, 2 })])
            Assert.Equal(message.Payload, (await announcements.AnswerAsync(peer, message, Ct))!.Value.Payload); // Nothing of it is announced, or its reader judges it.
        Assert.Empty(stream.Rest());
        Assert.False(announcements.MayAnswer(new(MessageCommand.Inv, default)));
    }

    /// <summary>Checks a regression: any peer got the transaction, so that it could find out whose it is.</summary>
    [Fact]
    public async Task Answer_NotAnnouncedToThePeer_IsLeftToTheProgram()
    {
        var announcements = NewAnnouncements();
        var (gone, goneSent) = await JoinAsync(announcements, isAnnounced: false);
        using var announcement = Announce(announcements, peer => peer == gone);
        Assert.Equal("inv", (await goneSent.NextAsync()).Command);
        var (unwanted, unwantedSent) = await JoinAsync(announcements, isAnnounced: false);
        var (blocksOnly, blocksOnlySent) = await JoinAsync(announcements, Frames.PeerVersion with { Relay = false }, isAnnounced: false);
        announcements.OnEnded(gone);
        var message = GetData(Item(InventoryType.WitnessTransaction, TxId));
        foreach (var (peer, sent) in ((BitcoinPeer, SentMessages)[])[(unwanted, unwantedSent), (blocksOnly, blocksOnlySent), (gone, goneSent)])
        {
            Assert.Equal(message, await announcements.AnswerAsync(peer, message, Ct));
            Assert.Empty(sent.Rest());
        }

        Assert.Empty(announcement.FetchedBy);
    }

    [Fact]
    public async Task Answer_TransactionIsGone_IsNotFound()
    {
        var announcements = NewAnnouncements();
        using var announcement = announcements.Announce(TxId, WtxId, static _ => new((ReadOnlyMemory<byte>?)null), null, null);
        var (peer, stream) = await JoinAsync(announcements);
        var item = Item(InventoryType.WitnessTransaction, TxId);
        Assert.Null(await announcements.AnswerAsync(peer, GetData(item), Ct));
        var (command, payload) = await stream.NextAsync();
        Assert.Equal("notfound", command);
        Assert.Equal([1, .. item], payload);
        Assert.Empty(announcement.FetchedBy);
    }

    [Fact]
    public async Task WatchFetches_TellsOfEachPeerOnce_UntilTheEnd()
    {
        var announcements = NewAnnouncements();
        var announcement = Announce(announcements);
        var (first, _) = await JoinAsync(announcements);
        var (second, _) = await JoinAsync(announcements);
        var message = GetData(Item(InventoryType.WitnessTransaction, TxId));
        await announcements.AnswerAsync(first, message, Ct);
        await using var watch = announcement.WatchFetchesAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        Assert.Same(first, watch.Current);
        var next = watch.MoveNextAsync().AsTask();
        await announcements.AnswerAsync(first, message, Ct);
        await announcements.AnswerAsync(second, message, Ct);
        Assert.True(await next.WaitAsync(TestPeers.Patience, Ct));
        Assert.Same(second, watch.Current);
        next = watch.MoveNextAsync().AsTask();
        announcement.Dispose();
        Assert.False(await next.WaitAsync(TestPeers.Patience, Ct));
        Assert.Equal([first, second], announcement.FetchedBy);
    }

    [Fact]
    public async Task FetchedBy_IsBounded()
    {
        var announcement = new TransactionAnnouncement(TxId, WtxId, null, static _ => default, static _ => { });
        var peers = await TestPeers.ManyAsync(TransactionAnnouncement.MaxFetches + 1);
        foreach (var peer in peers)
            announcement.NoteFetch(peer);
        Assert.Equal(TransactionAnnouncement.MaxFetches, announcement.FetchedBy.Length);
        Assert.Equal(TransactionAnnouncement.MaxFetches, await announcement.WatchFetchesAsync(Ct).CountAsync(Ct)); // It ends by itself.
    }

    [Fact]
    public void End_ByDisposalTimeOrStop_EndsTheReadingOfGetData()
    {
        var announcements = NewAnnouncements();
        var first = Announce(announcements);
        Assert.True(Reads(MessageCommand.GetData));
        Assert.Contains("already", Assert.Throws<InvalidOperationException>(() => Announce(announcements)).Message, StringComparison.Ordinal);
        var second = announcements.Announce(Hash(5), Hash(5), static _ => default, null, TimeSpan.FromMinutes(1));
        first.Dispose();
        first.Dispose();
        Assert.True(Reads(MessageCommand.GetData));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(Reads(MessageCommand.GetData));
        second.Dispose();
        Announce(announcements);
        announcements.Stop();
        Assert.False(Reads(MessageCommand.GetData));
        Assert.Throws<InvalidOperationException>(() => Announce(announcements));
    }

    private static byte[] Hash(byte value) => [.. Enumerable.Repeat(value, 32)];

    private static byte[] Item(InventoryType type, byte[] hash)
    {
        var item = new byte[36];
        BinaryPrimitives.WriteUInt32LittleEndian(item, (uint)type);
        hash.CopyTo(item.AsSpan(4));
        return item;
    }

    private static BitcoinMessage GetData(params byte[][] items) => new(MessageCommand.GetData, (byte[])[(byte)items.Length, .. items.SelectMany(static item => item)]);

    private static TransactionAnnouncement Announce(TransactionAnnouncements announcements, Func<BitcoinPeer, bool>? where = null) =>
        announcements.Announce(TxId, WtxId, static _ => new((ReadOnlyMemory<byte>?)Transaction), where, duration: null);

    private static async Task<(BitcoinPeer Peer, SentMessages Sent)> OneAsync(VersionMessage? version = null)
    {
        var sent = new SentMessages();
        var (peer, stream) = await TestPeers.OneAsync(version, afterWrite: sent.Wrote);
        sent.Begin(stream);
        return (peer, sent);
    }

    /// <summary>Lets a peer join, to which what there is is announced.</summary>
    private static async Task<(BitcoinPeer Peer, SentMessages Sent)> JoinAsync(
        TransactionAnnouncements announcements, VersionMessage? version = null, bool isAnnounced = true)
    {
        var (peer, sent) = await OneAsync(version);
        announcements.OnJoined(peer);
        if (isAnnounced)
            Assert.Equal("inv", (await sent.NextAsync()).Command);
        return (peer, sent);
    }

    private TransactionAnnouncements NewAnnouncements(bool sendsWtxidRelay = false) => new(_router, sendsWtxidRelay, _time);

    private bool Reads(MessageCommand command) => _router.Interest.GetPlan(FrameHeader.Create(0, command, [])).IsHandedOver;
}
