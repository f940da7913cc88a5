using System.Buffers.Binary;
using System.Text;

namespace Connmgr.Tool;

/// <summary>The types of records that are requested or followed.</summary>
internal enum DnsRecordType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>Another name that has the records.</summary>
    Cname = 5,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>The EDNS pseudo-record (RFC 6891).</summary>
    Opt = 41,
}

/// <summary>A question for the addresses of a name (RFC 1035), with or without EDNS (RFC 6891). An immutable value.</summary>
/// <param name="Name">The name, in the form of <see cref="DnsName"/>.</param>
/// <param name="Type">The kind of address.</param>
internal readonly record struct DnsQuestion(string Name, DnsRecordType Type)
{
    /// <summary>The Internet class.</summary>
    public const ushort InternetClass = 1;

    /// <summary>The most bytes of a message.</summary>
    public const int MaxLength = HeaderLength + DnsName.MaxLength + 4 + OptLength;

    public const int HeaderLength = 12;

    /// <summary>The payload that passes the Internet without fragmentation (DNS flag day 2020). Longer answers use TCP.</summary>
    public const int MaxUdpPayload = 1232;

    private const int OptLength = 11;
    private const ushort RecursionDesired = 0x0100;

    /// <summary>Writes the message.</summary>
    /// <param name="destination">A buffer of at least <see cref="MaxLength"/> bytes.</param>
    /// <param name="id">The id of the question, which its answer repeats.</param>
    /// <param name="hasEdns">True to accept answers of up to <see cref="MaxUdpPayload"/> bytes instead of 512.</param>
    /// <returns>The number of bytes written.</returns>
    public int Write(Span<byte> destination, ushort id, bool hasEdns)
    {
        destination[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination, id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], RecursionDesired);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], 1);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)(hasEdns ? 1 : 0));
        var length = HeaderLength + Encoding.Latin1.GetBytes(Name, destination[HeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[length..], (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(length + 2)..], InternetClass);
        length += 4;
        if (!hasEdns)
            return length;
        destination.Slice(length, OptLength).Clear(); // The root name, no flags, no options.
        BinaryPrimitives.WriteUInt16BigEndian(destination[(length + 1)..], (ushort)DnsRecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(length + 3)..], MaxUdpPayload);
        return length + OptLength;
    }
}
