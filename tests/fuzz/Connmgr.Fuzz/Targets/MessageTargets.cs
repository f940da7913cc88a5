using Connmgr.Bitcoin;

namespace Connmgr.Fuzz;

/// <summary>The payloads of messages.</summary>
internal static class MessageTargets
{
    private const int EntryInMemory = 64;

    private static readonly AnnouncementCredit.Announcer[] Announcers =
        [.. new[] { "1.2.3.4", "5.6.7.8" }.Select(static host => new AnnouncementCredit.Announcer(new Useful(), Netgroup.FromAddress(NetworkAddress.Parse(host))))];

    private static readonly MessageCommand[] Announcing = [MessageCommand.Inv, MessageCommand.Headers, MessageCommand.CmpctBlock];

    private static readonly MessageCommand[] Limited =
    [
        MessageCommand.Inv, MessageCommand.Headers, MessageCommand.CmpctBlock, MessageCommand.GetData, MessageCommand.NotFound, MessageCommand.Addr, MessageCommand.AddrV2,
        MessageCommand.SendCmpct, MessageCommand.FeeFilter, MessageCommand.Ping, MessageCommand.GetHeaders, MessageCommand.GetBlocks, MessageCommand.FilterLoad, MessageCommand.FilterAdd,
        MessageCommand.MerkleBlock,
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new() { Name = "version", Reads = "the payload of version", Read = static input => VersionMessage.Decode(input.Span), Check = CheckVersion, IsDocumented = IsViolation },
        new()
        {
            Name = "addr",
            Reads = "the payload of addr",
            Read = static input => AddressMessage.Decode(MessageCommand.Addr, input.Span),
            Check = CheckAddresses,
            IsDocumented = IsViolation,
        },
        new()
        {
            Name = "addrv2",
            Reads = "the payload of addrv2",
            Read = static input => AddressMessage.Decode(MessageCommand.AddrV2, input.Span),
            Check = CheckAddresses,
            IsDocumented = IsViolation,
            MemoryConstant = AddressMessage.MaxEntries * EntryInMemory * 2,
            MemoryReason = "an entry of 9 bytes is 64 in memory, before and after those of other networks are left out, and there are at most 1,000",
        },
        new() { Name = "feature", Reads = "the payload of feature", Read = static input => PeerFeature.Decode(input.Span), Check = CheckFeature, IsDocumented = IsViolation },
        new() { Name = "reject", Reads = "the payload of reject", Read = static input => RejectMessage.Describe(input.Span), Check = static text => CheckPrintable((string)text) },
        new() { Name = "limits", Reads = "the start of a message of each kind: the numbers of entries", Read = ReadLimits, IsDocumented = IsViolation },
        new() { Name = "announcements", Reads = "the payloads of inv, headers and cmpctblock", Read = ReadAnnouncements },
        new() { Name = "transaction", Reads = "a transaction", Read = ReadTransaction, Check = CheckTransaction },
    ];

    public static bool IsViolation(Exception exception) => exception is BitcoinProtocolException;

    private static void CheckPrintable(string text) => FuzzFailure.Unless(!text.AsSpan().ContainsAnyExceptInRange(' ', '~'), "its text is printable ASCII");

    private static void CheckVersion(object result)
    {
        var version = (VersionMessage)result;
        FuzzFailure.Unless(VersionMessage.Decode(version.Encode()) == version, "a message that is encoded again is the same");
        CheckPrintable(version.UserAgent);
    }

    private static void CheckAddresses(object result)
    {
        var addresses = (PeerAddress[])result;
        FuzzFailure.Unless(addresses.Length <= AddressMessage.MaxEntries, "a message has at most 1,000 addresses");
        if (addresses.Length == 0)
            return;
        var written = AddressMessage.Encode(MessageCommand.AddrV2, addresses);
        FuzzFailure.Unless(written.Count == 1 && AddressMessage.Decode(MessageCommand.AddrV2, written[0]).AsSpan().SequenceEqual(addresses), "addresses that are encoded again are the same");
    }

    private static void CheckFeature(object result)
    {
        var feature = (PeerFeature)result;
        FuzzFailure.Unless(PeerFeature.Decode(feature.Encode()).Equals(feature), "a feature that is encoded again is the same");
        CheckPrintable(feature.Id);
    }

    /// <summary>The first byte is the command, the next three the length that the header claims beyond what is kept.</summary>
    private static object? ReadLimits(ReadOnlyMemory<byte> input)
    {
        var bytes = input.Span;
        if (bytes.Length < 4)
            return null;
        var command = Limited[bytes[0] % Limited.Length];
        var kept = bytes[4..];
        var header = new FrameHeader { Magic = 0, Command = command, PayloadLength = kept.Length + (bytes[1] | (bytes[2] << 8) | (bytes[3] << 16)), Checksum = 0 };
        return FuzzTarget.Taken(MessageLimits.Get(command).Accepts(header, kept));
    }

    private static AnnouncementCredit? ReadAnnouncements(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return null;
        var credit = new AnnouncementCredit(countsTransactions: true);
        foreach (var announcer in Announcers)
            credit.Read(announcer, Announcing[input.Span[0] % Announcing.Length], input.Span[1..]);
        foreach (var announcer in Announcers)
            credit.Remove(announcer);
        return credit;
    }

    private static Stripped? ReadTransaction(ReadOnlyMemory<byte> input)
    {
        var isTransaction = WitnessStripper.TryStrip(input, out var stripped);
        FuzzFailure.Unless(!isTransaction || stripped!.Value.Length <= input.Length, "witnesses that are removed make it no longer");
        return PrivateTransaction.TryRead(input) is { } transaction && isTransaction ? new Stripped(transaction, stripped!.Value) : isTransaction ? new Stripped(null, stripped!.Value) : null;
    }

    private static void CheckTransaction(object result)
    {
        var (transaction, stripped) = (Stripped)result;
        FuzzFailure.Unless(WitnessStripper.TryStrip(stripped, out var again) && again.Value.Span.SequenceEqual(stripped.Span), "nothing is left to remove");
        FuzzFailure.Unless(transaction is null || PrivateTransaction.TryRead(stripped)?.TxId.AsSpan().SequenceEqual(transaction.TxId) == true, "a txid is the same without witnesses");
    }

    private sealed record Stripped(PrivateTransaction? Transaction, ReadOnlyMemory<byte> Bytes);

    private sealed class Useful : IUsefulPeer
    {
        public void ReportFirstAnnouncement(bool isBlock)
        {
        }

        public void ReportParticipation()
        {
        }
    }
}
