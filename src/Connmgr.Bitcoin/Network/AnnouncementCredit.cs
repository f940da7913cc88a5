using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// Credits peers for blocks and transactions that they announce first, so that useful peers are not evicted for idle ones. A peer is
/// credited once a peer of another netgroup announces the same item later, so inventing hashes earns nothing. A peer that announces an item
/// after a peer of another netgroup takes part in the network, which is reported as well. Reads announcements in place. Thread-safe.
/// </summary>
/// <remarks>
/// Peers in two netgroups under common control can confirm each other. The eviction limits the gain: 4 places by transactions and 12 by
/// blocks, as in Bitcoin Core. The unconfirmed items of each peer have a separate ring, so a flood of invented hashes displaces no other
/// peer's items.
/// </remarks>
internal sealed class AnnouncementCredit(bool countsTransactions)
{
    /// <summary>The most entries of an inv that are read. Bitcoin Core never sends more in one.</summary>
    public const int MaxItems = 1000;

    /// <summary>The most headers that are read. Bitcoin Core announces at most 8.</summary>
    public const int MaxHeaders = 8;

    private const int ItemLength = 36;
    private const int HeaderLength = 80;
    private const int HeaderEntryLength = HeaderLength + 1; // With the number of transactions, which is 0.
    private const int MaxCountLength = 9;

    // BIP144. The flag asks for witnesses; the item is the same with and without it.
    private const InventoryType WitnessFlag = (InventoryType)(1 << 30);

    private readonly Lock _lock = new();
    private readonly Dictionary<ItemHash, Item> _items = []; // The items in the rings of all announcers. Guarded by _lock.

    /// <summary>Adds the messages that announce blocks and transactions to an interest, as much of each as earns credit.</summary>
    public static MessageInterest AddTo(MessageInterest interest) => interest
        .Share(MessageCommand.Inv, MaxCountLength + (MaxItems * ItemLength))
        .Share(MessageCommand.Headers, MaxCountLength + (MaxHeaders * HeaderEntryLength))
        .Share(MessageCommand.CmpctBlock, HeaderLength);

    /// <summary>Determines whether a message is one that announces blocks or transactions.</summary>
    public static bool Reads(MessageCommand command) => command == MessageCommand.Inv || command == MessageCommand.Headers || command == MessageCommand.CmpctBlock;

    /// <summary>Removes a peer that has gone. Its items may be announced again.</summary>
    public void Remove(Announcer announcer)
    {
        lock (_lock)
        {
            foreach (var hash in announcer.Clear())
                _items.Remove(hash);
        }
    }

    /// <summary>Reads a message. Other messages are skipped, and so are malformed ones, which are judged elsewhere.</summary>
    public void Read(Announcer announcer, MessageCommand command, ReadOnlySpan<byte> payload)
    {
        if (command == MessageCommand.Inv)
            ReadInv(announcer, AfterCount(payload));
        else if (command == MessageCommand.Headers)
            ReadHeaders(announcer, AfterCount(payload));
        else if (command == MessageCommand.CmpctBlock && payload.Length >= HeaderLength)
            AddAnnouncement(announcer, GetHash(payload[..HeaderLength]), isBlock: true);
    }

    private void ReadInv(Announcer announcer, ReadOnlySpan<byte> entries)
    {
        for (var left = MaxItems; left > 0 && entries.Length >= ItemLength; left--, entries = entries[ItemLength..])
        {
            var type = (InventoryType)BinaryPrimitives.ReadUInt32LittleEndian(entries) & ~WitnessFlag;
            if (type is InventoryType.Block or InventoryType.CompactBlock)
                AddAnnouncement(announcer, ItemHash.Read(entries[sizeof(uint)..]), isBlock: true);
            else if (countsTransactions && type is InventoryType.Transaction or InventoryType.TransactionByWtxid)
                AddAnnouncement(announcer, ItemHash.Read(entries[sizeof(uint)..]), isBlock: false);
        }
    }

    private void ReadHeaders(Announcer announcer, ReadOnlySpan<byte> entries)
    {
        for (var left = MaxHeaders; left > 0 && entries.Length >= HeaderEntryLength; left--, entries = entries[HeaderEntryLength..])
            AddAnnouncement(announcer, GetHash(entries[..HeaderLength]), isBlock: true);
    }

    private void AddAnnouncement(Announcer announcer, in ItemHash hash, bool isBlock)
    {
        Announcer? first = null;
        lock (_lock)
        {
            if (!_items.TryGetValue(hash, out var item))
            {
                if (announcer.Add(hash, isBlock) is { } pushedOut)
                    _items.Remove(pushedOut);
                _items[hash] = new Item(announcer, IsConfirmed: false);
                return;
            }

            if (item.First.Group == announcer.Group)
                return;
            if (!item.IsConfirmed)
            {
                _items[hash] = item with { IsConfirmed = true };
                first = item.First;
            }
        }

        first?.Peer.ReportFirstAnnouncement(isBlock);
        announcer.Peer.ReportParticipation();
    }

    /// <summary>Gets the bytes after a CompactSize; none if the payload is too short for one.</summary>
    private static ReadOnlySpan<byte> AfterCount(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return payload;
        var length = payload[0] switch
        {
            < 0xfd => 1,
            0xfd => 3,
            0xfe => 5,
            0xff => 9,
        };
        return length <= payload.Length ? payload[length..] : [];
    }

    private static ItemHash GetHash(ReadOnlySpan<byte> header)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(header, hash);
        SHA256.HashData(hash, hash);
        return ItemHash.Read(hash);
    }

    /// <summary>The first announcer of an item, and whether a peer of another netgroup has confirmed it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Item(Announcer First, bool IsConfirmed);

    /// <summary>
    /// A hash of 32 bytes. Its hash code depends on a secret of the process, so that peers can't choose hashes that collide.
    /// </summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct ItemHash(UInt128 Low, UInt128 High)
    {
        public static ItemHash Read(ReadOnlySpan<byte> bytes) =>
            new(BinaryPrimitives.ReadUInt128LittleEndian(bytes), BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]));

        public override int GetHashCode() => HashCode.Combine((ulong)Low, (ulong)(Low >> 64), (ulong)High, (ulong)(High >> 64));
    }

    /// <summary>A peer with the last items of each kind that it announced first. Guarded by the lock of the credit.</summary>
    /// <param name="peer">The receiver of the peer's usefulness.</param>
    /// <param name="group">The peer's netgroup. Peers without a known netgroup count as one.</param>
    internal sealed class Announcer(IUsefulPeer peer, Netgroup group)
    {
        private readonly Ring _blocks = new(16);
        private readonly Ring _transactions = new(64);

        public IUsefulPeer Peer { get; } = peer;

        public Netgroup Group { get; } = group;

        /// <summary>Adds an item.</summary>
        /// <returns>The item that it replaces; null if there was room.</returns>
        public ItemHash? Add(in ItemHash hash, bool isBlock) => (isBlock ? _blocks : _transactions).Add(hash);

        public IEnumerable<ItemHash> Clear() => _blocks.Clear().Concat(_transactions.Clear());

        private sealed class Ring(int capacity)
        {
            private readonly List<ItemHash> _hashes = []; // At most capacity.
            private int _next; // The index of the oldest hash, once the ring is full.

            public ItemHash? Add(in ItemHash hash)
            {
                if (_hashes.Count < capacity)
                {
                    _hashes.Add(hash);
                    return null;
                }

                var pushedOut = _hashes[_next];
                _hashes[_next] = hash;
                _next = (_next + 1) % capacity;
                return pushedOut;
            }

            public ItemHash[] Clear()
            {
                var hashes = _hashes.ToArray();
                _hashes.Clear();
                _next = 0;
                return hashes;
            }
        }
    }
}
