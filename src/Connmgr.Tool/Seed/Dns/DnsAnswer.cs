using System.Buffers.Binary;
using System.Net;

namespace Connmgr.Tool;

/// <summary>What a name server answered to one question. Immutable.</summary>
internal sealed record DnsAnswer
{
    /// <summary>The result (RFC 1035 4.1.1; with EDNS also RFC 6891, 6.1.3).</summary>
    public required DnsResultCode Code { get; init; }

    /// <summary>Whether there is more than what is here, to be had over TCP.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Whether a record is cut off or makes no sense. Of a truncated answer, what comes before it is here; of another, nothing.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>The addresses of the name, and of those that its CNAME records lead to.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>
    /// Reads a message that is the answer to a question. Records of other names, kinds and classes are left out. Takes what the length of
    /// the message allows in memory, and time in proportion to it.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="question">The question.</param>
    /// <param name="id">Its number.</param>
    /// <returns>
    /// Null when it is no answer to this question: another number, name, kind or class, or no answer at all. Whoever asked goes on waiting.
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
            // A server that could not read the question need not repeat it.
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

    /// <summary>The result with the upper bits that EDNS has of it. What comes after the answers matters for nothing else, so damage there is passed over.</summary>
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

        /// <summary>Where its data begins, and where it ends.</summary>
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

    /// <summary>The records of an answer, as far as they may matter.</summary>
    private sealed class Records(DnsQuestion question)
    {
        private readonly List<(string Owner, IPAddress Address)> _addresses = [];
        private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

        private int AddressLength => question.Type == DnsRecordType.A ? 4 : 16;

        /// <summary>Reads one.</summary>
        /// <returns>False when it is cut off or makes no sense.</returns>
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

        /// <summary>Those of the name and of the names that it leads to, in whatever order the records came.</summary>
        public IReadOnlyList<IPAddress> Addresses()
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var name = question.Name; name is not null && names.Add(name);)
                name = _names.GetValueOrDefault(name);
            return [.. _addresses.Where(each => names.Contains(each.Owner)).Select(each => each.Address)];
        }
    }
}
