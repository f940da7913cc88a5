using System.Net;
using System.Xml;
using Connmgr.Tool;

namespace Connmgr.Fuzz;

/// <summary>What routers and name servers answer.</summary>
internal static class GatewayTargets
{
    private static readonly IPAddress Gateway = IPAddress.Parse("192.168.77.1");
    private static readonly Uri Location = new("http://192.168.77.1:5000/rootDesc.xml");
    private static readonly byte[] Nonce = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    private static readonly byte[] PcpMap = PcpCodec.WriteMap(new IPEndPoint(IPAddress.Parse("192.168.77.2"), 8333), Nonce, new IPEndPoint(IPAddress.Any, 0), lifetime: 3600);
    private static readonly byte[] PcpAnnounce = PcpCodec.WriteAnnounce(IPAddress.Parse("192.168.77.2"));
    private static readonly byte[] NatPmpMap = NatPmpCodec.WriteMap(8333, 8333, lifetime: 3600);
    private static readonly byte[] NatPmpAddress = NatPmpCodec.WriteGetAddress();
    private static readonly DnsQuestion Question = new(DnsName.FromHost("seed.example")!, DnsRecordType.A);
    private static readonly DnsQuestion QuestionOfIPv6 = Question with { Type = DnsRecordType.Aaaa };

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new() { Name = "pcp", Reads = "replies of a router (PCP)", Read = static input => FuzzTarget.Taken(PcpCodec.TryRead(PcpMap, input.Span, out _) | PcpCodec.TryRead(PcpAnnounce, input.Span, out _)) },
        new() { Name = "nat-pmp", Reads = "replies of a router (NAT-PMP)", Read = static input => FuzzTarget.Taken(NatPmpCodec.TryRead(NatPmpMap, input.Span, out _) | NatPmpCodec.TryRead(NatPmpAddress, input.Span, out _)) },
        new()
        {
            Name = "ssdp",
            Reads = "answers to a search for routers (SSDP)",
            Read = ReadSearch,
            MaxLength = 4096,
            MemoryPerByte = 64,
            MemoryReason = "a line of 2 bytes becomes a text, and 2,048 bytes are the most",
        },
        new()
        {
            Name = "upnp",
            Reads = "the description and the answers of a router (UPnP)",
            Read = ReadXml,
            IsDocumented = static exception => exception is XmlException,
            MaxLength = UpnpXml.MaxLength,
            MemoryPerByte = 128,
            MemoryConstant = 128 * 1024,
            MemoryReason = "the reader of XML of .NET, twice; 131,072 bytes are the most",
        },
        new()
        {
            Name = "dns",
            Reads = "answers of a name server",
            Read = ReadDns,
            MaxLength = ushort.MaxValue,
            MemoryPerByte = 128,
            MemoryReason = "read for two questions; a record of 12 bytes may refer to a name of 255",
        },
    ];

    private static Uri? ReadSearch(ReadOnlyMemory<byte> input)
    {
        if (!UpnpSearch.TryRead(input.Span, Gateway, out var location))
            return null;
        FuzzFailure.Unless(string.Equals(location.Host, "192.168.77.1", StringComparison.Ordinal), "the location is at the router");
        return location;
    }

    private static object? ReadXml(ReadOnlyMemory<byte> input)
    {
        var document = input.ToArray();
        foreach (var service in UpnpXml.ReadServices(document, Location, Gateway))
            FuzzFailure.Unless(UpnpSearch.IsAt(service.Control, Gateway) && UpnpXml.WriteCall(service, "GetExternalIPAddress").Length > 0, "a service is at the router");
        var values = UpnpXml.ReadValues(document);
        FuzzFailure.Unless(values.Count <= 64, "at most 64 values are kept");
        return FuzzTarget.Taken(values.Count > 0 && UpnpXml.GetNumber(values, "errorCode") is null);
    }

    private static DnsAnswer? ReadDns(ReadOnlyMemory<byte> input)
    {
        const ushort id = 0x1234;
        var answer = DnsAnswer.Read(input.Span, Question, id) ?? DnsAnswer.Read(input.Span, QuestionOfIPv6, id);
        FuzzFailure.Unless(answer is null || answer.Addresses.Count <= input.Length / 16, "an address takes at least 16 bytes");
        return answer is { IsDamaged: false } ? answer : null;
    }
}
