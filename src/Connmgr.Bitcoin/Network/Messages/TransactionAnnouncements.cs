using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Announces transactions of the program: to the present peers, to those that join meanwhile, and answers their getdata. Thread-safe.
/// </summary>
/// <param name="router">Reads getdata while something is announced.</param>
/// <param name="sendsWtxidRelay">True if this side sends wtxidrelay, so that peers that send it too expect wtxids (BIP339).</param>
/// <param name="time">The clock of the durations.</param>
internal sealed class TransactionAnnouncements(MessageRouter router, bool sendsWtxidRelay, TimeProvider time)
{
    private const int HashLength = 32;
    private const int ItemLength = sizeof(uint) + HashLength;

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly HashSet<BitcoinPeer> _peers = []; // Those that relay transactions.
    private readonly Dictionary<AnnouncementCredit.ItemHash, TransactionAnnouncement> _byHash = []; // Each by its txid and its wtxid.
    private readonly Dictionary<TransactionAnnouncement, ITimer?> _announcements = []; // With the timers that end them.
    private bool _isOver;

    private volatile bool _isActive; // True while something is announced. Written under _lock.

    /// <summary>Begins to announce a transaction.</summary>
    /// <exception cref="InvalidOperationException">The transaction is announced already, or the network was stopped.</exception>
    public TransactionAnnouncement Announce(
        ReadOnlyMemory<byte> txid,
        ReadOnlyMemory<byte> wtxid,
        Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> getTransaction,
        Func<BitcoinPeer, bool>? where,
        TimeSpan? duration)
    {
        var announcement = new TransactionAnnouncement(txid, wtxid, where, getTransaction, End);
        BitcoinPeer[] peers;
        lock (_lock)
        {
            if (_isOver)
                throw new InvalidOperationException("The network was stopped, so nothing can be announced.");
            if (!_byHash.TryAdd(Hash(txid), announcement))
                throw new InvalidOperationException("The transaction is announced already: dispose of its announcement first.");
            _byHash[Hash(wtxid)] = announcement;
            _announcements.Add(announcement, duration is { } limited ? StartTimer(announcement, limited) : null);
            router.Read(MessageCommand.GetData, isNeeded: true);
            _isActive = true;
            peers = [.. _peers];
        }

        try
        {
            foreach (var peer in peers)
            {
                if (where?.Invoke(peer) != false)
                    Post(peer, announcement);
            }
        }
        catch
        {
            End(announcement);
            throw;
        }

        return announcement;
    }

    /// <summary>Announces everything to a peer that has joined.</summary>
    public void OnJoined(BitcoinPeer peer)
    {
        if (!peer.Version.Relay || (peer.Connection is { } connection && !PeerProfile.FromName(connection.Profile).Relay))
            return;
        TransactionAnnouncement[] announcements;
        lock (_lock)
        {
            _peers.Add(peer);
            if (!_isActive)
                return;
            announcements = [.. _announcements.Keys];
        }

        foreach (var announcement in announcements)
        {
            if (IsWanted(announcement, peer))
                Post(peer, announcement);
        }
    }

    /// <summary>Forgets a peer that has ended.</summary>
    public void OnEnded(BitcoinPeer peer)
    {
        TransactionAnnouncement[] announcements;
        lock (_lock)
        {
            _peers.Remove(peer);
            announcements = [.. _announcements.Keys];
        }

        foreach (var announcement in announcements)
            announcement.Forget(peer);
    }

    /// <summary>Determines whether a message may ask for something that is announced.</summary>
    public bool MayAnswer(BitcoinMessage message) => _isActive && message.Command == MessageCommand.GetData;

    /// <summary>
    /// Answers the items of a getdata that were announced to the peer. To any other, the answer would tell whose transaction it is: Bitcoin
    /// Core too does not give a peer what it did not announce to it.
    /// </summary>
    /// <param name="peer">The peer that sent it.</param>
    /// <param name="message">The getdata.</param>
    /// <param name="cancellationToken">Ends the wait for the peer.</param>
    /// <returns>The message to pass on: the same one, or one with the other items; null when none is left.</returns>
    public ValueTask<BitcoinMessage?> AnswerAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        var (wanted, others) = Split(peer, message.Payload);
        return wanted.Count == 0 ? new(message) : SendAsync(peer, wanted, others, cancellationToken);
    }

    /// <summary>Ends all announcements; there are no further ones.</summary>
    public void Stop()
    {
        TransactionAnnouncement[] announcements;
        lock (_lock)
        {
            _isOver = true;
            announcements = [.. _announcements.Keys];
        }

        foreach (var announcement in announcements)
            End(announcement);
    }

    private static AnnouncementCredit.ItemHash Hash(ReadOnlyMemory<byte> hash) => AnnouncementCredit.ItemHash.Read(hash.Span);

    /// <summary>Calls the user's function for a peer that has joined. An exception counts as false: the peer is not to blame.</summary>
    private static bool IsWanted(TransactionAnnouncement announcement, BitcoinPeer peer)
    {
        try
        {
            return announcement.Where?.Invoke(peer) != false;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private ITimer StartTimer(TransactionAnnouncement announcement, TimeSpan duration) =>
        time.CreateTimer(static state => ((TransactionAnnouncement)state!).Dispose(), announcement, duration, Timeout.InfiniteTimeSpan);

    private void End(TransactionAnnouncement announcement)
    {
        ITimer? timer;
        lock (_lock)
        {
            if (!_announcements.Remove(announcement, out timer))
                return;
            _byHash.Remove(Hash(announcement.TxId));
            _byHash.Remove(Hash(announcement.WtxId));
            _isActive = _announcements.Count > 0;
            router.Read(MessageCommand.GetData, isNeeded: false);
        }

        timer?.Dispose();
        announcement.NoteEnd();
    }

    private void Post(BitcoinPeer peer, TransactionAnnouncement announcement)
    {
        var byWtxid = sendsWtxidRelay && peer.WantsWtxidRelay;
        Span<byte> payload = stackalloc byte[1 + ItemLength];
        payload[0] = 1;
        WriteItem(
            payload[1..],
            byWtxid ? InventoryType.TransactionByWtxid : InventoryType.Transaction,
            (byWtxid ? announcement.WtxId : announcement.TxId).Span);
        announcement.Post(peer, payload);
    }

    private static void WriteItem(Span<byte> item, InventoryType type, ReadOnlySpan<byte> hash)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(item, (uint)type);
        hash.CopyTo(item[sizeof(uint)..]);
    }

    /// <summary>Splits the items of a getdata. One that breaks the format has none that are announced: its reader judges it.</summary>
    private (List<Wanted> Wanted, List<byte> Others) Split(BitcoinPeer peer, ReadOnlyMemory<byte> payload)
    {
        List<Wanted> wanted = [];
        List<byte> others = [];
        var reader = new PayloadReader(payload.Span, MessageCommand.GetData, ProtocolViolation.BadPayload);
        ulong count;
        try
        {
            count = reader.ReadCompactSize();
        }
        catch (BitcoinProtocolException)
        {
            return ([], []);
        }

        if ((ulong)reader.Remaining < count * ItemLength || count > int.MaxValue)
            return ([], []);
        lock (_lock)
        {
            for (; count > 0; count--)
            {
                var item = reader.ReadBytes(ItemLength);
                if (Find(item) is not { } found || !found.Announcement.IsAnnouncedTo(peer))
                    others.AddRange(item);
                else if (!wanted.Exists(earlier => earlier.Announcement == found.Announcement)) // A peer gets it once for each getdata.
                    wanted.Add(found);
            }
        }

        return (wanted, others);
    }

    private Wanted? Find(ReadOnlySpan<byte> item)
    {
        var type = (InventoryType)BinaryPrimitives.ReadUInt32LittleEndian(item);
        var hash = item[sizeof(uint)..];
        if (type is not (InventoryType.Transaction or InventoryType.WitnessTransaction or InventoryType.TransactionByWtxid)
            || !_byHash.TryGetValue(AnnouncementCredit.ItemHash.Read(hash), out var announcement))
        {
            return null;
        }

        var expected = type == InventoryType.TransactionByWtxid ? announcement.WtxId : announcement.TxId;
        return expected.Span.SequenceEqual(hash) ? new(announcement, type) : null;
    }

    private static async ValueTask<BitcoinMessage?> SendAsync(
        BitcoinPeer peer, List<Wanted> wanted, List<byte> others, CancellationToken cancellationToken)
    {
        foreach (var (announcement, type) in wanted)
        {
            var transaction = await announcement.GetTransaction(cancellationToken).ConfigureAwait(false);
            if (transaction is { } available && ForPeer(peer, type, available) is { } bytes)
            {
                await peer.SendAsync(MessageCommand.Tx, bytes, cancellationToken).ConfigureAwait(false);
                announcement.NoteFetch(peer);
            }
            else
            {
                var payload = new byte[1 + ItemLength];
                payload[0] = 1;
                WriteItem(payload.AsSpan(1), type, (type == InventoryType.TransactionByWtxid ? announcement.WtxId : announcement.TxId).Span);
                await peer.SendAsync(MessageCommand.NotFound, payload, cancellationToken).ConfigureAwait(false);
            }
        }

        if (others.Count == 0)
            return null;
        var writer = new PayloadWriter();
        writer.WriteCompactSize((ulong)(others.Count / ItemLength));
        writer.WriteBytes(CollectionsMarshal.AsSpan(others));
        return new(MessageCommand.GetData, writer.ToArray());
    }

    /// <summary>
    /// Gets the bytes that a peer understands. A peer that offers <see cref="NodeServices.Witness"/> gets the witnesses even if it asks
    /// without the flag, as Bitcoin Core does when this side does not offer them: it would reject the transaction without them.
    /// </summary>
    /// <returns>Null if the bytes are not a transaction.</returns>
    private static ReadOnlyMemory<byte>? ForPeer(BitcoinPeer peer, InventoryType type, ReadOnlyMemory<byte> transaction)
    {
        if (type != InventoryType.Transaction || peer.Version.Services.HasFlag(NodeServices.Witness))
            return transaction;
        return WitnessStripper.TryStrip(transaction, out var stripped) ? stripped : null;
    }

    /// <summary>An announced transaction that a peer asks for.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Wanted(TransactionAnnouncement Announcement, InventoryType Type);
}
