using System.Text;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>A node as the last visit that reached it found it. Immutable.</summary>
internal sealed record CrawledNode
{
    /// <summary>The most bytes of <see cref="Encode"/>.</summary>
    public const int MaxLength = 1 + 8 + 4 + 8 + 4 + 4 + 1 + 3 + MaxUserAgentBytes;

    private const byte Newest = 1;
    private const int MaxUserAgentBytes = 256;

    /// <summary>The address of the node.</summary>
    public required NetworkEndPoint EndPoint { get; init; }

    /// <summary>The time of the visit, in whole seconds.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The protocol version that it announces.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>Its services.</summary>
    public required NodeServices Services { get; init; }

    /// <summary>The height of its best block; -1 when it sent none.</summary>
    public required int Height { get; init; }

    /// <summary>The round trip in milliseconds: of a ping or, without one, the time to connect.</summary>
    public required int Milliseconds { get; init; }

    /// <summary>True when the transport was encrypted.</summary>
    public required bool IsEncrypted { get; init; }

    /// <summary>Its user agent, made safe; empty for none.</summary>
    public required string UserAgent { get; init; }

    /// <summary>Gets the node of a visit.</summary>
    /// <returns>The node; null when the visit did not reach it.</returns>
    public static CrawledNode? From(CrawlVisit visit) => visit.Version is not { } version ? null : new CrawledNode
    {
        EndPoint = visit.EndPoint,
        Time = DateTimeOffset.FromUnixTimeSeconds(visit.Time.ToUnixTimeSeconds()),
        ProtocolVersion = version.ProtocolVersion,
        Services = version.Services,
        Height = version.StartHeight,
        Milliseconds = (int)Math.Clamp((visit.Latency ?? visit.DialTime ?? visit.Duration).TotalMilliseconds, 0, int.MaxValue),
        IsEncrypted = visit.Transport == PeerTransport.V2,
        UserAgent = SafeText.Line(version.UserAgent),
    };

    /// <summary>Encodes everything but the address, for the record that a frontier keeps of a node.</summary>
    public ReadOnlyMemory<byte> Encode()
    {
        var writer = new DiskWriter(MaxLength);
        writer.WriteByte(Newest);
        writer.WriteInt64(Time.ToUnixTimeSeconds());
        writer.WriteInt32(ProtocolVersion);
        writer.WriteInt64((long)Services);
        writer.WriteInt32(Height);
        writer.WriteInt32(Milliseconds);
        writer.WriteByte(IsEncrypted ? (byte)1 : (byte)0);
        Span<byte> agent = stackalloc byte[MaxUserAgentBytes];
        Encoding.UTF8.GetEncoder().Convert(UserAgent, agent, flush: true, out _, out var length, out _); // What does not fit is left out, by whole characters.
        writer.WriteCompactSize((ulong)length);
        writer.WriteBytes(agent[..length]);
        return writer.Written;
    }

    /// <summary>Decodes a record.</summary>
    /// <param name="endPoint">The address of the node.</param>
    /// <param name="record">The record, which another version may have written.</param>
    /// <returns>The node; null when the record is not valid or of a later format.</returns>
    public static CrawledNode? Decode(NetworkEndPoint endPoint, ReadOnlySpan<byte> record)
    {
        var reader = new DiskReader(record);
        try
        {
            if (reader.ReadByte() is not Newest)
                return null;
            var time = reader.ReadInt64();
            return time < 0 || time > DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? null : new CrawledNode
            {
                EndPoint = endPoint,
                Time = DateTimeOffset.FromUnixTimeSeconds(time),
                ProtocolVersion = reader.ReadInt32(),
                Services = (NodeServices)reader.ReadUInt64(),
                Height = reader.ReadInt32(),
                Milliseconds = reader.ReadInt32(),
                IsEncrypted = reader.ReadByte() != 0,
                UserAgent = SafeText.Line(Encoding.UTF8.GetString(reader.ReadBytes((int)Math.Min(reader.ReadCompactSize(), MaxUserAgentBytes)))),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
