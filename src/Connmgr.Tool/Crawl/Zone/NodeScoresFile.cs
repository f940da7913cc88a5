using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>
/// The file of the uptimes, in a format of this program inside the envelope of Bitcoin Core's address files: magic, content, checksum.
/// </summary>
/// <remarks>
/// The content of format 1: the format (1 byte), the serial number of the zone (4 bytes), the number of nodes (4 bytes), and for each the address
/// (BIP155), the port (2 bytes), the times of the first and the last sample and of the last at which it was up (8 bytes each, seconds since 1970),
/// the numbers of samples and of those at which it was up (4 bytes each), and for each window reliability, count and weight (4 bytes each, IEEE 754).
/// Every version reads all earlier formats and writes its newest.
/// </remarks>
internal static class NodeScoresFile
{
    private const byte Newest = 1;
    private const int WindowLength = 3 * sizeof(float);

    // Network, length, IPv4 address, port, times, counts, windows.
    private static readonly int MinEntryLength = 1 + 1 + 4 + 2 + (3 * 8) + (2 * 4) + (UptimeRules.Windows.Length * WindowLength);

    private static readonly int MaxLength = 64 + (NodeScores.MaxCount * (MinEntryLength + 12)) + SealedBytes.ChecksumLength;

    /// <summary>Reads a file into scores.</summary>
    /// <returns>The serial number of the zone.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version.</exception>
    /// <exception cref="IOException">The file does not exist or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<uint> LoadAsync(string path, ImmutableArray<byte> magic, NodeScores scores, CancellationToken cancellationToken)
    {
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        return Read(path, bytes.Span, magic.AsSpan(), scores);
    }

    /// <summary>Decodes a file into scores.</summary>
    /// <returns>The serial number of the zone.</returns>
    /// <exception cref="AddressFileException">The content is not valid. The scores may have some of it.</exception>
    public static uint Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, NodeScores scores)
    {
        var reader = new DiskReader(SealedBytes.Open(path, bytes, SealedBytes.Check(magic)));
        try
        {
            var format = reader.ReadByte();
            return format switch
            {
                0 => throw new FormatException("the format is 0"),
                <= Newest => Read(ref reader, scores),
                _ => throw new AddressFileException(
                    path,
                    AddressFileErrorCode.UnsupportedVersion,
                    Invariant($"{path} has format {format}; this version reads up to {Newest}. Use a later version of this program.")),
            };
        }
        catch (FormatException exception)
        {
            throw new AddressFileException(
                path, AddressFileErrorCode.Malformed, $"{path} does not have the format of uptimes: {exception.Message}.", exception);
        }
    }

    /// <summary>Encodes a file.</summary>
    public static ReadOnlyMemory<byte> Write(NodeScores scores, uint serial, ReadOnlySpan<byte> magic)
    {
        var writer = new DiskWriter(256 + (scores.Count * (MinEntryLength + 12)));
        writer.WriteBytes(SealedBytes.Check(magic));
        writer.WriteByte(Newest);
        writer.WriteUInt32(serial);
        writer.WriteInt32(scores.Count);
        foreach (var (endPoint, score) in scores.All)
        {
            DiskAddress.WriteHost(writer, endPoint.Address);
            writer.WritePort(endPoint.Port);
            foreach (var time in (ReadOnlySpan<DateTimeOffset>)[score.First, score.Last, score.LastUp])
                writer.WriteInt64(time.ToUnixTimeSeconds());
            writer.WriteInt32(score.Samples);
            writer.WriteInt32(score.Ups);
            foreach (var window in score.Windows)
            {
                foreach (var value in (ReadOnlySpan<double>)[window.Reliability, window.Count, window.Weight])
                    writer.WriteUInt32(BitConverter.SingleToUInt32Bits((float)value));
            }
        }

        SealedBytes.WriteChecksum(writer);
        return writer.Written;
    }

    private static uint Read(ref DiskReader reader, NodeScores scores)
    {
        var serial = reader.ReadUInt32();
        var count = reader.ReadInt32();
        if (count < 0 || (long)count * MinEntryLength > reader.Remaining)
            throw new FormatException(Invariant($"it has no room for {count} nodes"));
        for (var i = 0; i < count; i++)
        {
            var address = DiskAddress.ReadHost(ref reader, isBip155: true);
            var endPoint = new NetworkEndPoint(address, reader.ReadPort());
            var (first, last, lastUp) = (ReadTime(ref reader), ReadTime(ref reader), ReadTime(ref reader));
            var (samples, ups) = (reader.ReadInt32(), reader.ReadInt32());
            if (first > last || lastUp > last || ups < 0 || ups > samples || samples < 1)
                throw new FormatException(Invariant($"the samples of {endPoint} contradict each other"));
            var windows = ImmutableArray.CreateBuilder<UptimeWindow>(UptimeRules.Windows.Length);
            for (var window = 0; window < UptimeRules.Windows.Length; window++)
                windows.Add(new(ReadShare(ref reader, 1), ReadShare(ref reader, float.MaxValue), ReadShare(ref reader, 1)));
            scores.Restore(endPoint, new UptimeScore
            {
                First = first,
                Last = last,
                LastUp = lastUp,
                Samples = samples,
                Ups = ups,
                Windows = windows.MoveToImmutable(),
            });
        }

        return serial;
    }

    private static DateTimeOffset ReadTime(ref DiskReader reader)
    {
        var seconds = reader.ReadInt64();
        return seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new FormatException(Invariant($"the time {seconds} is out of range"));
    }

    private static double ReadShare(ref DiskReader reader, double max)
    {
        double value = BitConverter.UInt32BitsToSingle(reader.ReadUInt32());
        return value >= 0 && value <= max ? value : throw new FormatException(Invariant($"the share {value} is out of range"));
    }
}
