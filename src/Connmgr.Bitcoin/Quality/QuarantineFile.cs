using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// The file of the quarantine, in a format of this library inside the envelope of Bitcoin Core's address files: magic, content, checksum.
/// </summary>
/// <remarks>
/// The content of format 1: the format (1 byte), the number of entries (4 bytes), and for each the address (BIP155), the port (2 bytes), the
/// times (1 byte) and the end of the rest (8 bytes, seconds since 1970). Every version reads all earlier formats and writes its newest.
/// Thread-safe.
/// </remarks>
public static class QuarantineFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "quarantine.dat";

    private const byte Newest = 1;
    private const int MinEntryLength = 1 + 1 + 4 + 2 + 1 + 8; // Network, length, IPv4 address, port, times, end.
    private const int MaxLength = 1 << 20; // A full one has less than 200 KB.

    /// <summary>
    /// Reads the file. A damaged one is renamed (quarantine.dat.bad, ...). One of a later version stays as it is, and must not be written.
    /// </summary>
    /// <exception cref="IOException">The file exists but can't be read or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    internal static async Task<LoadedQuarantine> OpenAsync(string path, ImmutableArray<byte> magic)
    {
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new([]);
        try
        {
            return new(await LoadAsync(path, magic).ConfigureAwait(false));
        }
        catch (AddressFileException problem) when (problem.Code == AddressFileErrorCode.UnsupportedVersion)
        {
            return new([], problem);
        }
        catch (AddressFileException damage)
        {
            return new([], damage, AtomicFile.SetAside(path));
        }
    }

    /// <summary>Reads a file. Changes nothing on the disk.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>All entries, including those whose rest is over.</returns>
    /// <exception cref="AddressFileException">The file is damaged, of another chain, or of a later version.</exception>
    /// <exception cref="IOException">The file does not exist or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<ImmutableArray<QuarantineEntry>> LoadAsync(
        string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
        return Read(path, bytes.Span, magic.AsSpan());
    }

    /// <summary>Writes a file, so that it is the old or the new one at every moment.</summary>
    /// <param name="entries">The entries, each with 1 to 255 times.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the writing. The file stays as it was then.</param>
    /// <returns>A task that completes when the file is on the disk.</returns>
    /// <exception cref="ArgumentException">The times of an entry are out of range.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static Task SaveAsync(
        ImmutableArray<QuarantineEntry> entries, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (entries.Any(static entry => entry.Times is < 1 or > QuarantineEntry.MaxTimes))
            throw new ArgumentException(Invariant($"The times of an entry are out of range: use 1 to {QuarantineEntry.MaxTimes}."), nameof(entries));
        return NamedFile.WriteAsync(path, Write(entries, magic.AsSpan()), cancellationToken: cancellationToken);
    }

    /// <summary>Decodes a file.</summary>
    /// <exception cref="AddressFileException">The content is not valid.</exception>
    internal static ImmutableArray<QuarantineEntry> Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        var reader = new DiskReader(SealedBytes.Open(path, bytes, SealedBytes.Check(magic)));
        try
        {
            var format = reader.ReadByte();
            return format switch
            {
                0 => throw new FormatException("the format is 0"),
                <= Newest => ReadEntries(ref reader),
                _ => throw new AddressFileException(
                    path,
                    AddressFileErrorCode.UnsupportedVersion,
                    Invariant($"{path} has format {format}; this version reads up to {Newest}. Use a later version of this program.")),
            };
        }
        catch (FormatException exception)
        {
            throw new AddressFileException(
                path, AddressFileErrorCode.Malformed, $"{path} does not have the format of a quarantine: {exception.Message}.", exception);
        }
    }

    /// <summary>Encodes a file.</summary>
    internal static ReadOnlyMemory<byte> Write(ImmutableArray<QuarantineEntry> entries, ReadOnlySpan<byte> magic)
    {
        var writer = new DiskWriter(256 + (entries.Length * MinEntryLength));
        writer.WriteBytes(SealedBytes.Check(magic));
        writer.WriteByte(Newest);
        writer.WriteInt32(entries.Length);
        foreach (var entry in entries)
        {
            DiskAddress.WriteHost(writer, entry.EndPoint.Address);
            writer.WritePort(entry.EndPoint.Port);
            writer.WriteByte((byte)entry.Times);
            writer.WriteInt64(entry.RestsUntil.ToUnixTimeSeconds());
        }

        SealedBytes.WriteChecksum(writer);
        return writer.Written;
    }

    private static ImmutableArray<QuarantineEntry> ReadEntries(ref DiskReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0 || (long)count * MinEntryLength > reader.Remaining)
            throw new FormatException(Invariant($"it has no room for {count} addresses"));
        var entries = ImmutableArray.CreateBuilder<QuarantineEntry>(count);
        for (var i = 0; i < count; i++)
        {
            var address = DiskAddress.ReadHost(ref reader, isBip155: true);
            var endPoint = new NetworkEndPoint(address, reader.ReadPort());
            var times = reader.ReadByte();
            var until = reader.ReadInt64();
            if (times == 0 || until < 0 || until > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
                throw new FormatException(Invariant($"the times {times} or the time {until} of {endPoint} are out of range"));
            if (address != default) // Of a network that this version does not know.
                entries.Add(new(endPoint, times, DateTimeOffset.FromUnixTimeSeconds(until)));
        }

        return entries.DrainToImmutable();
    }
}

/// <summary>The quarantine that <see cref="QuarantineFile.OpenAsync"/> read.</summary>
/// <param name="Entries">The entries; none if there is no file or it can't be read.</param>
/// <param name="Error">The reason why the file could not be read; null if it was read or does not exist.</param>
/// <param name="SetAside">The path to which a damaged file was renamed. Null with an error: the file of a later version stays.</param>
internal sealed record LoadedQuarantine(ImmutableArray<QuarantineEntry> Entries, AddressFileException? Error = null, string? SetAside = null)
{
    /// <summary>True when the file may be written.</summary>
    public bool IsWritable => Error is null || SetAside is not null;
}
