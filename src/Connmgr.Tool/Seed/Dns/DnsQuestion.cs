using System.Buffers.Binary;
using System.Text;

namespace Connmgr.Tool;

/// <summary>The kinds of records that are asked for, or followed.</summary>
internal enum DnsRecordType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>Another name, which has the records.</summary>
    Cname = 5,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>No record, but what EDNS says (RFC 6891).</summary>
    Opt = 41,
}

/// <summary>A question for the addresses of a name (RFC 1035), asked with EDNS (RFC 6891) or without. An immutable value.</summary>
/// <param name="Name">The name, in the form of <see cref="DnsName"/>.</param>
/// <param name="Type">The kind of address.</param>
internal readonly record struct DnsQuestion(string Name, DnsRecordType Type)
{
    /// <summary>The class of the internet.</summary>
    public const ushort InternetClass = 1;

    /// <summary>The most bytes that <see cref="Write"/> writes.</summary>
    public const int MaxLength = HeaderLength + DnsName.MaxLength + 4 + OptLength;

    public const int HeaderLength = 12;

    /// <summary>What passes the paths of the internet unfragmented (DNS flag day 2020). What is longer comes over TCP.</summary>
    public const int MaxUdpPayload = 1232;

    private const int OptLength = 11;
    private const ushort RecursionDesired = 0x0100;

    /// <summary>Writes the message.</summary>
    /// <param name="destination">Room for <see cref="MaxLength"/> bytes.</param>
    /// <param name="id">The number by which the answer is known.</param>
    /// <param name="hasEdns">Whether it says that answers of up to <see cref="MaxUdpPayload"/> bytes are taken, rather than 512.</param>
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
