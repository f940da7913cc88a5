using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The content of Bitcoin Core's anchors.dat: a list of addresses in BIP155 form.</summary>
internal static class AnchorsFormat
{
    public static ImmutableArray<PeerAddress> Read(string path, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        var reader = new DiskReader(SealedBytes.Open(path, bytes, magic));
        try
        {
            var count = reader.ReadCompactSize();
            var anchors = ImmutableArray.CreateBuilder<PeerAddress>();
            for (var i = 0UL; i < count; i++)
            {
                // Reads anchors beyond the limit too, so that a damaged file is always detected.
                var (endPoint, services, seen) = DiskAddress.Read(ref reader, mayBeBip155: true);
                if (endPoint.Address.IsValid && anchors.Count < AnchorsFile.MaxAnchors)
                    anchors.Add(new PeerAddress(endPoint, services, DateTimeOffset.FromUnixTimeSeconds(seen)));
            }

            return anchors.ToImmutable();
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    public static ReadOnlyMemory<byte> Write(IReadOnlyCollection<PeerAddress> anchors, ReadOnlySpan<byte> magic)
    {
        var writer = new DiskWriter(64 + (anchors.Count * DiskAddress.MaxLength));
        writer.WriteBytes(magic);
        writer.WriteCompactSize((ulong)anchors.Count);
        foreach (var anchor in anchors)
            DiskAddress.Write(writer, anchor.EndPoint, anchor.Services, (uint)BookTables.ToSeen(anchor.LastSeen));
        SealedBytes.WriteChecksum(writer);
        return writer.Written;
    }
}
