using System.Text;
using Connmgr.Bitcoin;
using Connmgr.Tool;

namespace Connmgr.Fuzz;

/// <summary>Texts that name addresses, subnets, hosts and the like: on command lines, in files, from the control socket and from other programs.</summary>
internal static class TextTargets
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new() { Name = "addresses", Reads = "addresses, end points, subnets and ban targets", Read = static input => FuzzTarget.Taken(ReadAddresses(Decode(input))), MemoryPerByte = 48, MemoryReason = "read by four readers, each of which makes one of another" },
        new() { Name = "names", Reads = "hosts and names with ports, of every option that takes one", Read = static input => FuzzTarget.Taken(ReadNames(Decode(input))), MemoryPerByte = 256, MemoryReason = "read by seven readers, whose errors quote the text" },
        new()
        {
            Name = "words",
            Reads = "groups of peers, ranges with permissions, service bits and selectors of peers",
            Read = static input => FuzzTarget.Taken(ReadWords(Decode(input))),
            MemoryPerByte = 256,
            MemoryReason = "read by five readers, whose errors quote the text",
        },
        new()
        {
            Name = "ban-lines",
            Reads = "lists of bans to import, also as setban commands",
            Read = static input => ReadLines(input, "#;", static text => BanLine.TryParse(text, Now, TimeSpan.FromDays(1), out _, out _)),
            MemoryPerByte = 256,
            MemoryReason = "a line of 2 bytes becomes words, and an error that quotes it",
        },
        new()
        {
            Name = "address-lines",
            Reads = "lists of addresses to import",
            Read = static input => ReadLines(input, "#", static text => AddressLine.TryParse(text, 8333, out _)),
            MemoryPerByte = 48,
            MemoryReason = "a line of 2 bytes becomes a text",
        },
    ];

    private static string Decode(ReadOnlyMemory<byte> input) => Encoding.UTF8.GetString(input.Span);

    /// <summary>Reads all lines, whether or not one is taken.</summary>
    private static object? ReadLines(ReadOnlyMemory<byte> input, string remarks, Func<string, bool> read)
    {
        var isTaken = false;
        foreach (var line in TextFile.From(input).Lines(remarks))
            isTaken |= read(line.Text);
        return FuzzTarget.Taken(isTaken);
    }

    private static bool ReadAddresses(string text)
    {
        var isAddress = NetworkAddress.TryParse(text, out var address);
        FuzzFailure.Unless(!isAddress || (NetworkAddress.TryParse(address.ToString(), out var again) && again == address), "an address that is written again is the same");
        var isEndPoint = NetworkEndPoint.TryParse(text, 8333, out var endPoint);
        FuzzFailure.Unless(!isEndPoint || (NetworkEndPoint.TryParse(endPoint.ToString(), 1, out var endPointAgain) && endPointAgain == endPoint), "an end point that is written again is the same");
        var isSubnet = NetworkSubnet.TryParse(text, out var subnet);
        FuzzFailure.Unless(!isSubnet || (NetworkSubnet.TryParse(subnet.ToString(), out var subnetAgain) && subnetAgain == subnet), "a subnet that is written again is the same");
        var isTarget = BanTarget.TryParse(text, out var target);
        FuzzFailure.Unless(!isTarget || (BanTarget.TryParse(target.ToString(), out var targetAgain) && targetAgain == target), "a target that is written again is the same");
        FuzzFailure.Unless(!isSubnet || isTarget, "each subnet is a target");
        return isAddress | isEndPoint | isTarget;
    }

    private static bool ReadNames(string text)
    {
        var isRemote = HostAndPort.ParseRemote(text, out _) is { };
        var isLocal = HostAndPort.ParseLocal(text, out _) is { };
        var any = HostAndPort.ParseAny(text, out _);
        FuzzFailure.Unless(!(isRemote || isLocal) || any is not null, "a remote or local host is any host");
        if (any is not null)
            FuzzFailure.Unless(Equals(HostAndPort.ParseAny(any.ToString()!, out _)?.ToString(), any.ToString()), "a host that is written again is the same");
        _ = HostAndPort.ParseHost(text, out _);
        var isProxy = ProxyEndPoint.TryParse(text, 9050, out var proxy, out _);
        if (isProxy)
            _ = ProxyEndPoint.Format(proxy!);
        var dns = text.Length is > 0 and < 1024 ? DnsName.FromHost(text) : null;
        FuzzFailure.Unless(dns is null || dns.Length <= DnsName.MaxLength, "a name of DNS is not too long");
        return any is not null | isProxy;
    }

    private static bool ReadWords(string text)
    {
        var isGroup = PeerGroup.TryParse(text, out var group, out _);
        FuzzFailure.Unless(!isGroup || (PeerGroup.TryParse(group!.ToString()!, out var again, out _) && Equals(again.ToString(), group.ToString())), "a group that is written again is the same");
        var isRange = AllowedRange.TryParse(text, out var range, out _);
        FuzzFailure.Unless(!isRange || (AllowedRange.TryParse(range!.ToString(), out var rangeAgain, out _) && Equals(rangeAgain.ToString(), range.ToString())), "a range that is written again is the same");
        var isBits = ServiceBits.TryParse(text, out var bits, out _);
        FuzzFailure.Unless(!isBits || (ServiceBits.TryParse(ServiceBits.Format(bits), out var bitsAgain, out _) && bitsAgain == bits), "service bits that are written again are the same");
        var selector = PeerSelector.Parse(text, out _);
        FuzzFailure.Unless(selector is null || string.Equals(selector.ToString(), text, StringComparison.Ordinal), "a selector keeps its text");
        return isGroup | isRange | isBits | selector is not null;
    }
}
