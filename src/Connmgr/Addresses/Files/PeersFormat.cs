namespace Connmgr;

/// <summary>
/// The content of Bitcoin Core's peers.dat. Reads formats 0 to 4, and later ones that declare themselves readable for format 4; writes 4.
/// (Format 1 marks the number of buckets, 2 adds the grouping, 3 BIP155 addresses, 4 several ports of one host.)
/// </summary>
internal static class PeersFormat
{
    private const byte Newest = 4;
    private const byte MarksBuckets = 1;
    private const byte HasGrouping = 2;
    private const byte HasBip155 = 3;

    // Added to the oldest format whose readers can read the file, so that readers from before this rule do not take it for a format.
    private const byte CompatibilityBase = 32;
    private const int BucketsMark = 1 << 30;

    /// <summary>The length of a grouping's identifier: <see cref="INetgrouper.Version"/>.</summary>
    public const int GroupingLength = 32;

    // The shortest entry: version, time, services, network, length, 4 byte address, port; source; times.
    private const int MinEntryLength = 4 + 4 + 1 + 3 + 2 + 2 + 8 + 4;

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The path of the file, for messages.</param>
    /// <param name="bytes">The whole content of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <exception cref="AddressFileException">The content is not valid.</exception>
    public static BookSnapshot Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        var reader = new DiskReader(SealedBytes.Open(path, bytes, magic));
        try
        {
            var format = reader.ReadByte();
            var compatibility = reader.ReadByte();
            if (compatibility < CompatibilityBase)
                throw new FormatException($"the byte for the oldest reader is {compatibility}; the minimum is {CompatibilityBase}");
            if (compatibility - CompatibilityBase > Newest)
            {
                throw new AddressFileException(
                    path,
                    AddressFileErrorCode.UnsupportedVersion,
                    Invariant($"{path} has format {format}, for readers of format {compatibility - CompatibilityBase} or later; this version reads up to {Newest}. ")
                    + "Use a later version of this program.");
            }

            return Read(ref reader, format);
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    /// <summary>Encodes a file.</summary>
    public static ReadOnlyMemory<byte> Write(BookSnapshot snapshot, ReadOnlySpan<byte> magic)
    {
        var writer = new DiskWriter(4096 + ((snapshot.New.Length + snapshot.Tried.Length) * MinEntryLength));
        writer.WriteBytes(magic);
        writer.WriteByte(Newest);
        writer.WriteByte(CompatibilityBase + Newest);
        writer.WriteBytes(snapshot.Key);
        writer.WriteInt32(snapshot.New.Length);
        writer.WriteInt32(snapshot.Tried.Length);
        writer.WriteInt32(snapshot.NewBuckets ^ BucketsMark);
        foreach (var entry in snapshot.New)
            WriteEntry(writer, entry);
        foreach (var entry in snapshot.Tried)
            WriteEntry(writer, entry);
        WriteBuckets(writer, snapshot);
        writer.WriteBytes(snapshot.Grouping);
        SealedBytes.WriteChecksum(writer);
        return writer.Written;
    }

    private static BookSnapshot Read(ref DiskReader reader, byte format)
    {
        var key = reader.ReadBytes(AddressBookOptions.KeyLength).ToArray();
        if (!key.AsSpan().ContainsAnyExcept((byte)0))
            throw new FormatException("the secret key is all zero");
        var newCount = ReadCount(ref reader, "new", BookLimits.MaxNew);
        var triedCount = ReadCount(ref reader, "tried", BookLimits.MaxTried);
        var buckets = reader.ReadInt32() ^ (format >= MarksBuckets ? BucketsMark : 0);
        if ((long)(newCount + triedCount) * MinEntryLength > reader.Remaining)
            throw new FormatException(Invariant($"it has no room for {newCount} + {triedCount} addresses"));

        var fresh = ReadEntries(ref reader, newCount, format);
        var tried = ReadEntries(ref reader, triedCount, format);
        var members = ReadBuckets(ref reader, buckets);
        return new BookSnapshot
        {
            Key = key,
            New = fresh,
            Tried = tried,
            NewBuckets = buckets,
            Members = members,
            Grouping = format >= HasGrouping ? reader.ReadBytes(GroupingLength).ToArray() : new byte[GroupingLength],
        };
    }

    private static int ReadCount(ref DiskReader reader, string table, int max)
    {
        var count = reader.ReadInt32();
        return count >= 0 && count <= max
            ? count
            : throw new FormatException(Invariant($"the number of {table} addresses is {count}, not 0 to {max}"));
    }

    private static SavedEntry[] ReadEntries(ref DiskReader reader, int count, byte format)
    {
        var entries = new SavedEntry[count];
        for (var i = 0; i < count; i++)
        {
            var (endPoint, services, seen) = DiskAddress.Read(ref reader, format >= HasBip155);
            var source = DiskAddress.ReadHost(ref reader, format >= HasBip155);
            var lastSuccess = reader.ReadInt64();
            var failedAttempts = reader.ReadInt32();
            if (lastSuccess < 0 || lastSuccess > DateTimeOffset.MaxValue.ToUnixTimeSeconds() || failedAttempts < 0)
                throw new FormatException(Invariant($"the time {lastSuccess} or the failures {failedAttempts} of {endPoint} are out of range"));
            entries[i] = new SavedEntry(endPoint, services, seen, source, lastSuccess, failedAttempts);
        }

        return entries;
    }

    private static BucketMember[] ReadBuckets(ref DiskReader reader, int buckets)
    {
        if (buckets < 0 || buckets > reader.Remaining / sizeof(int))
            throw new FormatException(Invariant($"it has no room for {buckets} buckets"));
        var members = new List<BucketMember>();
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            var count = reader.ReadInt32();
            if (count < 0 || count > BookLimits.MaxNew - members.Count)
                throw new FormatException(Invariant($"bucket {bucket} has {count} addresses, more than there are places"));
            for (var i = 0; i < count; i++)
                members.Add(new BucketMember(bucket, reader.ReadInt32()));
        }

        return [.. members];
    }

    private static void WriteEntry(DiskWriter writer, in SavedEntry entry)
    {
        DiskAddress.Write(writer, entry.EndPoint, entry.Services, entry.Seen);
        DiskAddress.WriteHost(writer, entry.Source);
        writer.WriteInt64(entry.LastSuccess);
        writer.WriteInt32(entry.FailedAttempts);
    }

    private static void WriteBuckets(DiskWriter writer, BookSnapshot snapshot)
    {
        var rest = snapshot.Members.AsSpan();
        for (var bucket = 0; bucket < snapshot.NewBuckets; bucket++)
        {
            var count = 0;
            while (count < rest.Length && rest[count].Bucket == bucket)
                count++;
            writer.WriteInt32(count);
            foreach (var member in rest[..count])
                writer.WriteInt32(member.Entry);
            rest = rest[count..];
        }
    }
}
