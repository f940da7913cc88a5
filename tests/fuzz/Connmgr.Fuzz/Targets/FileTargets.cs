using System.Collections.Immutable;
using System.Security.Cryptography;
using Connmgr.Bitcoin;

namespace Connmgr.Fuzz;

/// <summary>Files. Those with a checksum are sealed by the target, so that an input is their content alone.</summary>
internal static class FileTargets
{
    private static readonly AddressBookOptions BookOptions = new() { Random = new Random(1) };
    private static readonly NetworkAddress[] Probes =
        [.. new[] { "1.2.3.4", "250.1.2.3", "2001:db8::1", "2002:fa01:203::", "255.255.255.255" }.Select(static text => NetworkAddress.Parse(text))];

    private static ReadOnlySpan<byte> Magic => ChainParameters.Regtest.Magic.AsSpan();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new()
        {
            Name = "peers.dat",
            Reads = "the address book in Bitcoin Core's format",
            Prepare = Seal,
            Read = static input => PeersFormat.Read("peers.dat", input.Span, Magic),
            Check = CheckPeers,
            IsDocumented = IsRefusal,
            MemoryPerByte = 8,
            MemoryReason = "a place of 4 bytes is 8 in memory, in a list that grows",
        },
        new()
        {
            Name = "peers-book",
            Reads = "the address book in Bitcoin Core's format, put into a book",
            Prepare = Seal,
            Read = static input => PeersFile.Read("peers.dat", input.Span, Magic, BookOptions),
            Check = static book => _ = ((AddressBook)book).GetEntries(),
            IsDocumented = IsRefusal,
            MemoryPerByte = 32,
            MemoryConstant = 1 << 20,
            MemoryReason = "a book has its tables from the start",
        },
        new()
        {
            Name = "anchors.dat",
            Reads = "the anchors in Bitcoin Core's format",
            Prepare = Seal,
            Read = static input => new Anchors(AnchorsFormat.Read("anchors.dat", input.Span, Magic)),
            Check = CheckAnchors,
            IsDocumented = IsRefusal,
        },
        new()
        {
            Name = "quarantine.dat",
            Reads = "the quarantine",
            Prepare = Seal,
            Read = static input => new Quarantine(QuarantineFile.Read("quarantine.dat", input.Span, Magic)),
            Check = CheckQuarantine,
            IsDocumented = IsRefusal,
            MemoryPerByte = 8,
            MemoryReason = "an entry of 17 bytes is 64 in memory, in a list that may be cut",
        },
        new()
        {
            Name = "frontier.dat",
            Reads = "the addresses of a crawl",
            Prepare = Seal,
            Read = ReadFrontier,
            Check = static frontier => FrontierFile.Read("frontier.dat", FrontierFile.Write((MemoryFrontier)frontier, Magic).Span, Magic, new MemoryFrontier()),
            IsDocumented = IsRefusal,
            MemoryPerByte = 32,
            MemoryConstant = 128 * 1024,
            MemoryReason = "a frontier has its tables from the start",
        },
        new()
        {
            Name = "banlist.json",
            Reads = "bans in Bitcoin Core's format",
            Read = static input => BanListFormat.Read("banlist.json", input),
            Check = CheckBans,
            IsDocumented = IsRefusal,
            MemoryPerByte = 256,
            MemoryConstant = 64 * 1024,
            MemoryReason = "a document of JSON has 12 bytes for each token, of one or two; an address that is no UTF-8 costs an exception",
        },
        new() { Name = "asmap", Reads = "an AS map", Read = static input => AsMap.Parse(input.Span), Check = CheckAsMap, IsDocumented = static exception => exception is FormatException },
    ];

    /// <summary>Adds the magic before a content and the checksum after it.</summary>
    public static ReadOnlyMemory<byte> Seal(ReadOnlyMemory<byte> content)
    {
        var end = SealedBytes.MagicLength + content.Length;
        var file = new byte[end + SealedBytes.ChecksumLength];
        Magic.CopyTo(file);
        content.Span.CopyTo(file.AsSpan(SealedBytes.MagicLength));
        Span<byte> hash = stackalloc byte[SealedBytes.ChecksumLength];
        SHA256.HashData(file.AsSpan(0, end), hash);
        SHA256.HashData(hash, file.AsSpan(end));
        return file;
    }

    public static bool IsRefusal(Exception exception) => exception is AddressFileException;

    private static void CheckPeers(object result)
    {
        var snapshot = (BookSnapshot)result;
        if (snapshot.New.Concat(snapshot.Tried).Any(static entry => !entry.EndPoint.Address.IsValid || !entry.Source.IsValid))
            return; // Of networks that are not known. A book drops them, and does not write them.
        var again = PeersFormat.Read("peers.dat", PeersFormat.Write(snapshot, Magic).Span, Magic);
        FuzzFailure.Unless(
            again.Key.AsSpan().SequenceEqual(snapshot.Key) && again.New.AsSpan().SequenceEqual(snapshot.New) && again.Tried.AsSpan().SequenceEqual(snapshot.Tried)
            && again.Members.AsSpan().SequenceEqual(snapshot.Members) && again.NewBuckets == snapshot.NewBuckets && again.Grouping.AsSpan().SequenceEqual(snapshot.Grouping),
            "a snapshot that is written again is the same");
    }

    private static void CheckAnchors(object result)
    {
        var anchors = ((Anchors)result).Items;
        FuzzFailure.Unless(AnchorsFormat.Read("anchors.dat", AnchorsFormat.Write(anchors, Magic).Span, Magic).SequenceEqual(anchors), "anchors that are written again are the same");
    }

    private static void CheckQuarantine(object result)
    {
        var entries = ((Quarantine)result).Items;
        FuzzFailure.Unless(QuarantineFile.Read("quarantine.dat", QuarantineFile.Write(entries, Magic).Span, Magic).SequenceEqual(entries), "entries that are written again are the same");
    }

    private static MemoryFrontier ReadFrontier(ReadOnlyMemory<byte> input)
    {
        var frontier = new MemoryFrontier();
        FrontierFile.Read("frontier.dat", input.Span, Magic, frontier);
        return frontier;
    }

    private static void CheckBans(object result)
    {
        var content = (BanListContent)result;
        FuzzFailure.Unless(content.Dropped.Length <= content.DroppedCount && content.Places.Length == content.Bans.Length, "each ban has its place");

        // As a list keeps them.
        ImmutableArray<Ban> bans = [.. content.Bans.Select(static ban => ban.Normalized())];
        var again = BanListFormat.Read("banlist.json", BanListFormat.Write(bans));
        FuzzFailure.Unless(
            again.DroppedCount == 0 && again.Bans.Select(Describe).SequenceEqual(bans.Select(Describe)), "bans that are written again are the same");
    }

    private static (BanTarget Target, DateTimeOffset Created, DateTimeOffset Until, BanCause Cause, string? Comment) Describe(Ban ban) =>
        (ban.Target, ban.Created, ban.Until, ban.Cause, ban.Comment);

    private static void CheckAsMap(object result)
    {
        foreach (var address in Probes)
            _ = ((AsMap)result).GetAutonomousSystem(address);
    }

    private sealed record Anchors(ImmutableArray<PeerAddress> Items);

    private sealed record Quarantine(ImmutableArray<QuarantineEntry> Items);
}
