using System.Buffers.Binary;
using System.Net;

namespace Connmgr.Tool;

/// <summary>The answer of a name server to one question. Immutable.</summary>
internal sealed record DnsAnswer
{
    /// <summary>The result (RFC 1035 4.1.1; with EDNS also RFC 6891, 6.1.3).</summary>
    public required DnsResultCode Code { get; init; }

    /// <summary>True when the answer is not complete. The rest is available over TCP.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>True when a record is cut off or not valid. A truncated answer then has the records before it, another answer has none.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>The addresses of the name, and of the names in its CNAME records.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>
    /// Reads a message that answers a question. Ignores records of other names, kinds and classes. Memory and time are bounded by the
    /// length of the message.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="question">The question.</param>
    /// <param name="id">The id of the question.</param>
    /// <returns>
    /// The answer; null when the message does not answer this question: it has another id, name, kind or class, or is no answer at all. The
    /// caller continues to wait.
    /// </returns>
    public static DnsAnswer? Read(ReadOnlySpan<byte> message, DnsQuestion question, ushort id)
    {
        if (message.Length < DnsQuestion.HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(message) != id)
            return null;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        var (isResponse, operation) = ((flags & 0x8000) != 0, (flags >> 11) & 0xf);
        if (!isResponse || operation != 0)
            return null;
        var code = (DnsResultCode)(flags & 0xf);
        var offset = DnsQuestion.HeaderLength;
        switch (BinaryPrimitives.ReadUInt16BigEndian(message[4..]))
        {
            // A server that can't read the question need not repeat it.
            case 0 when code is not (DnsResultCode.NoError or DnsResultCode.NoSuchName):
                return new DnsAnswer { Code = code };
            case 1 when IsQuestion(message, ref offset, question):
                break;
            default:
                return null;
        }

        var records = new Records(question);
        var isWhole = true;
        for (var left = (int)BinaryPrimitives.ReadUInt16BigEndian(message[6..]); isWhole && left > 0; left--)
            isWhole = records.TryRead(message, ref offset);
        var isTruncated = (flags & 0x0200) != 0;
        return new DnsAnswer
        {
            Code = isWhole ? Extended(message, offset, code) : code,
            IsTruncated = isTruncated,
            IsDamaged = !isWhole,
            Addresses = isWhole || isTruncated ? records.Addresses() : [],
        };
    }

    private static bool IsQuestion(ReadOnlySpan<byte> message, ref int offset, DnsQuestion question)
    {
        if (!DnsName.TryRead(message, ref offset, out var name) || offset + 4 > message.Length)
            return false;
        var (type, kind) = (BinaryPrimitives.ReadUInt16BigEndian(message[offset..]), BinaryPrimitives.ReadUInt16BigEndian(message[(offset + 2)..]));
        offset += 4;
        return type == (ushort)question.Type && kind == DnsQuestion.InternetClass && string.Equals(name, question.Name, StringComparison.Ordinal);
    }

    /// <summary>
    /// Adds the upper bits of the result from the EDNS record. Damage after the answers is ignored, because nothing else there matters.
    /// </summary>
    private static DnsResultCode Extended(ReadOnlySpan<byte> message, int offset, DnsResultCode code)
    {
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(message[8..]) + BinaryPrimitives.ReadUInt16BigEndian(message[10..]); left > 0; left--)
        {
            if (!Record.TryRead(message, ref offset, out var record))
                break;
            if (record.Type == (ushort)DnsRecordType.Opt)
                return (DnsResultCode)(((int)(record.TimeToLive >> 24) << 4) | (int)code);
        }

        return code;
    }

    /// <summary>One record.</summary>
    private readonly ref struct Record
    {
        private const int FixedLength = 10;

        public string Owner { get; private init; }

        public ushort Type { get; private init; }

        public ushort Class { get; private init; }

        public uint TimeToLive { get; private init; }

        /// <summary>The offsets of the start and the end of its data.</summary>
        public (int Begin, int End) Data { get; private init; }

        public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, out Record record)
        {
            record = default;
            if (!DnsName.TryRead(message, ref offset, out var owner) || offset + FixedLength > message.Length)
                return false;
            var fields = message.Slice(offset, FixedLength);
            var data = offset + FixedLength;
            var end = data + BinaryPrimitives.ReadUInt16BigEndian(fields[8..]);
            if (end > message.Length)
                return false;
            record = new Record
            {
                Owner = owner,
                Type = BinaryPrimitives.ReadUInt16BigEndian(fields),
                Class = BinaryPrimitives.ReadUInt16BigEndian(fields[2..]),
                TimeToLive = BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
                Data = (data, end),
            };
            offset = end;
            return true;
        }
    }

    /// <summary>Collects the records of an answer that may be relevant.</summary>
    private sealed class Records(DnsQuestion question)
    {
        private readonly List<(string Owner, IPAddress Address)> _addresses = [];
        private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

        private int AddressLength => question.Type == DnsRecordType.A ? 4 : 16;

        /// <summary>Reads a record.</summary>
        /// <returns>False when it is cut off or not valid.</returns>
        public bool TryRead(ReadOnlySpan<byte> message, ref int offset)
        {
            if (!Record.TryRead(message, ref offset, out var record))
                return false;
            if (record.Class != DnsQuestion.InternetClass)
                return true;
            var (begin, end) = record.Data;
            if (record.Type == (ushort)question.Type)
            {
                if (end - begin != AddressLength)
                    return false;
                _addresses.Add((record.Owner, new IPAddress(message[begin..end])));
            }
            else if (record.Type == (ushort)DnsRecordType.Cname)
            {
                if (!DnsName.TryRead(message[..end], ref begin, out var name) || begin != end)
                    return false;
                _names.TryAdd(record.Owner, name);
            }

            return true;
        }

        /// <summary>Gets the addresses of the name and of the names to which it leads, regardless of the order of the records.</summary>
        public IReadOnlyList<IPAddress> Addresses()
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var name = question.Name; name is not null && names.Add(name);)
                name = _names.GetValueOrDefault(name);
            return [.. _addresses.Where(each => names.Contains(each.Owner)).Select(each => each.Address)];
        }
    }
}
