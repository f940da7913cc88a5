using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// The file of a <see cref="MemoryFrontier"/>, in a format of this library inside the envelope of Bitcoin Core's address files: magic,
/// content, checksum. A crawl that is stopped, or crashes, continues from it.
/// </summary>
/// <remarks>
/// The content of format 1: the format (1 byte); the number of the round, its start (100 ns since 1970), its visits and those that
/// reached a node (8 bytes each); and for each address a 1, the address (BIP155), the port (2 bytes), the services (8 bytes), 1 if it was
/// visited, the failures (1 byte), the time from which it is due (8 bytes, 100 ns since 1970), the length of the record (2 bytes) and
/// the record. A 0 ends it. Every version reads all earlier formats and writes its newest. Thread-safe.
/// </remarks>
public static class FrontierFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "frontier.dat";

    private const byte Newest = 1;
    private const int MaxLength = 2_000_000_000; // Three million addresses with the longest records.
    private const int EntriesAtOnce = 4096;

    /// <summary>Reads a file into a new frontier. Changes nothing on the disk.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="options">The options of the frontier; null for the defaults. Addresses beyond its limit are left out.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The frontier, in the round that was saved. Addresses that were leased are due.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version.</exception>
    /// <exception cref="ArgumentException">Options are missing or out of range.</exception>
    /// <exception cref="IOException">The file does not exist or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<MemoryFrontier> LoadAsync(
        string path, ImmutableArray<byte> magic, FrontierOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var frontier = new MemoryFrontier(options);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        Read(path, bytes.Span, magic.AsSpan(), frontier);
        return frontier;
    }

    /// <summary>
    /// Writes a file, so that it is the old or the new one at every moment. The frontier can be used meanwhile. An address that is visited
    /// or added then may be saved as before.
    /// </summary>
    /// <param name="frontier">The frontier.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the writing. The file stays as it was then.</param>
    /// <returns>A task that completes when the file is on the disk.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static Task SaveAsync(
        MemoryFrontier frontier, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frontier);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return NamedFile.WriteAsync(path, Write(frontier, magic.AsSpan()), cancellationToken: cancellationToken);
    }

    /// <summary>Encodes a file.</summary>
    internal static ReadOnlyMemory<byte> Write(MemoryFrontier frontier, ReadOnlySpan<byte> magic)
    {
        var writer = new DiskWriter(1 << 16);
        writer.WriteBytes(SealedBytes.Check(magic));
        writer.WriteByte(Newest);
        frontier.Use(table =>
        {
            writer.WriteInt64(table.Round);
            WriteTime(writer, table.RoundStart);
            writer.WriteInt64(table.Completed);
            writer.WriteInt64(table.Reached);
        });
        for (var slot = 0; slot >= 0;)
            slot = frontier.Visit(slot, EntriesAtOnce, (in entry) => WriteEntry(writer, entry));
        writer.WriteByte(0);
        SealedBytes.WriteChecksum(writer);
        return writer.Written;
    }

    /// <summary>Decodes a file into an empty frontier.</summary>
    /// <exception cref="AddressFileException">The content is not valid.</exception>
    internal static void Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, MemoryFrontier frontier)
    {
        var reader = new DiskReader(SealedBytes.Open(path, bytes, SealedBytes.Check(magic)));
        try
        {
            var format = reader.ReadByte();
            if (format == 0)
                throw new FormatException("the format is 0");
            if (format > Newest)
            {
                throw new AddressFileException(
                    path,
                    AddressFileErrorCode.UnsupportedVersion,
                    Invariant($"{path} has format {format}; this version reads up to {Newest}. Use a later version of this program."));
            }

            var (round, start, completed, reached) = (reader.ReadInt64(), ReadTime(ref reader), reader.ReadInt64(), reader.ReadInt64());
            if (round < 1 || completed < 0 || reached < 0)
                throw new FormatException(Invariant($"round {round} with {completed} visits, {reached} reached, is out of range"));
            var ahead = 0L; // If the clock was wrong then, the round would begin long after now.
            frontier.Use(table =>
            {
                ahead = Math.Max(0, start - table.RoundStart - frontier.Options.RevisitPeriod.Ticks);
                table.Continue(round, start - ahead, completed, reached);
            });
            while (reader.ReadByte() != 0)
            {
                var entry = ReadEntry(ref reader);
                entry.Time -= ahead;
                if (entry.EndPoint.Address != default) // Of a network that this version does not know.
                    frontier.Use(table => table.Restore(entry));
            }
        }
        catch (FormatException exception)
        {
            throw new AddressFileException(
                path, AddressFileErrorCode.Malformed, $"{path} does not have the format of a frontier: {exception.Message}.", exception);
        }
    }

    private static void WriteEntry(DiskWriter writer, in FrontierEntry entry)
    {
        writer.WriteByte(1);
        DiskAddress.WriteHost(writer, entry.EndPoint.Address);
        writer.WritePort(entry.EndPoint.Port);
        writer.WriteInt64((long)entry.Services);
        writer.WriteByte(entry.WasVisited ? (byte)1 : (byte)0);
        writer.WriteByte(entry.Failures);
        WriteTime(writer, entry.Place == FrontierPlace.Leased ? DateTime.UnixEpoch.Ticks : entry.Time);
        writer.WritePort((ushort)(entry.Record?.Length ?? 0));
        writer.WriteBytes(entry.Record);
    }

    private static FrontierEntry ReadEntry(ref DiskReader reader)
    {
        var address = DiskAddress.ReadHost(ref reader, isBip155: true);
        var entry = new FrontierEntry
        {
            EndPoint = new(address, reader.ReadPort()),
            Services = reader.ReadUInt64(),
            WasVisited = reader.ReadByte() != 0,
            Failures = reader.ReadByte(),
            Time = ReadTime(ref reader),
        };
        var length = reader.ReadPort();
        if (length > FrontierOptions.MaxRecordLength)
            throw new FormatException(Invariant($"the record of {entry.EndPoint} has {length} bytes; the maximum is {FrontierOptions.MaxRecordLength}"));
        entry.Record = length == 0 ? null : reader.ReadBytes(length).ToArray();
        return entry;
    }

    private static void WriteTime(DiskWriter writer, long ticks) => writer.WriteInt64(ticks - DateTime.UnixEpoch.Ticks);

    private static long ReadTime(ref DiskReader reader)
    {
        var time = reader.ReadInt64();
        return time >= 0 && time <= DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks
            ? DateTime.UnixEpoch.Ticks + time
            : throw new FormatException(Invariant($"the time {time} is out of range"));
    }
}
