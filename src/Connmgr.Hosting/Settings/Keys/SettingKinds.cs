using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>The kinds of values that settings have.</summary>
internal static class SettingKinds
{
    /// <summary>The word for no limit.</summary>
    public const string Unlimited = "unlimited";

    private const string AnyText = "\"type\": \"string\"";

    private const string PeerForms = "write IP:PORT, [IPv6]:PORT or NAME:PORT, such as 192.0.2.1:8333";

    /// <summary>Any text.</summary>
    public static SettingKind<string> Text { get; } = new(static text => new(text), static value => value, AnyText);

    /// <summary>A text that no message repeats.</summary>
    public static SettingKind<string> Secret { get; } = Text with { IsSecret = true };

    /// <summary>True or false.</summary>
    public static SettingKind<bool> Flag { get; } = new(
        static text => bool.TryParse(text, out var value) ? new(value) : SettingValue<bool>.Invalid("use true or false"),
        static value => value ? "true" : "false",
        "\"type\": \"boolean\"");

    /// <summary>A number above 0.</summary>
    public static SettingKind<double> Positive { get; } = new(
        static text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value)
            ? new(value)
            : SettingValue<double>.Invalid("use a number above 0, such as 15"),
        static value => value.ToString(CultureInfo.InvariantCulture),
        "\"type\": \"number\", \"exclusiveMinimum\": 0");

    /// <summary>A number of times a second.</summary>
    public static SettingKind<double> Rate { get; } = new(
        static text =>
            IsUnlimited(text) ? new(double.PositiveInfinity)
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value) ? new(value)
            : SettingValue<double>.Invalid($"use a number above 0, such as 0.2, or {Unlimited}"),
        static value => double.IsPositiveInfinity(value) ? Unlimited : value.ToString(CultureInfo.InvariantCulture),
        $"\"oneOf\": [{{ \"type\": \"number\", \"exclusiveMinimum\": 0 }}, {{ \"const\": \"{Unlimited}\" }}]");

    /// <summary>
    /// A time with its unit, or in the format of .NET. A number alone is rejected: .NET reads it as days, most users mean seconds.
    /// </summary>
    public static SettingKind<TimeSpan> Duration { get; } = new(
        static text => DurationText.TryParse(text, out var value)
            ? new(value)
            : SettingValue<TimeSpan>.Invalid("write a time with its unit, such as 500ms, 5s, 2m or 1h, or as hh:mm:ss"),
        DurationText.Format,
        $"{AnyText}, \"pattern\": \"{DurationText.Pattern.Replace(@"\", @"\\", StringComparison.Ordinal)}\"");

    /// <summary>A peer; port 0 when none is given.</summary>
    public static SettingKind<EndPoint> Peer { get; } = new(
        ReadPeer,
        static value => ProxyEndPoint.Format(value) is var text && PeerPort.Get(value) == 0 ? text[..text.LastIndexOf(':')] : text,
        AnyText);

    /// <summary>A local address with its port.</summary>
    public static SettingKind<IPEndPoint> Local { get; } = new(
        static text => IPEndPoint.TryParse(text, out var value) && HasPort(text, value)
            ? new(value)
            : SettingValue<IPEndPoint>.Invalid("write a local IP:PORT or [IPv6]:PORT, such as 0.0.0.0:8333; port 0 lets the system choose"),
        static value => value.ToString(),
        AnyText);

    /// <summary>An interface of this machine with a port.</summary>
    public static SettingKind<DnsEndPoint> Interface { get; } = new(
        static text => text.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && !text.AsSpan(0, colon).ContainsAny(':', '[') && !IPAddress.TryParse(text.AsSpan(0, colon), out _)
            ? new(new DnsEndPoint(text[..colon], port))
            : SettingValue<DnsEndPoint>.Invalid("write NAME:PORT, such as eth0:8333; addresses go into ListenOn"),
        static value => Invariant($"{value.Host}:{value.Port}"),
        AnyText);

    /// <summary>An address at which others can reach the program; port 0 when none is given.</summary>
    public static SettingKind<NetworkEndPoint> External { get; } = new(
        static text => NetworkEndPoint.TryParseWithOptionalPort(text, out var value) && value.ToCjdns().Address.IsRoutable
            ? new(value)
            : SettingValue<NetworkEndPoint>.Invalid("write a public address with or without a port, such as 1.2.3.4, [2600::1]:8333 or an .onion address"),
        static value => value.Port == 0 ? value.Address.ToString() : value.ToString(),
        AnyText);

    /// <summary>A local address that others can reach; the port may be left to the system.</summary>
    public static SettingKind<IPEndPoint> Target { get; } = new(
        static text => ProxyEndPoint.TryParse(text, defaultPort: 0, out var value, out _) && value is IPEndPoint target
            ? new(target)
            : SettingValue<IPEndPoint>.Invalid("write an IP address of this machine, with or without a port, such as 192.168.1.5 or [fd00::5]:8334"),
        static value => value.Port == 0 ? value.ToString()[..^2] : value.ToString(),
        AnyText);

    /// <summary>Tor's control port.</summary>
    public static SettingKind<EndPoint> Control { get; } = new(
        static text => ProxyEndPoint.TryParse(text, ProxyEndPoint.DefaultControlPort, out var value, out var error) ? new(value) : SettingValue<EndPoint>.Invalid(error),
        static value => ProxyEndPoint.Format(value),
        AnyText);

    /// <summary>The SAM bridge of an I2P router.</summary>
    public static SettingKind<EndPoint> Sam { get; } = new(
        static text => ProxyEndPoint.TryParse(text, SamClient.DefaultPort, out var value, out var error) ? new(value) : SettingValue<EndPoint>.Invalid(error),
        static value => ProxyEndPoint.Format(value),
        AnyText);

    /// <summary>Addresses with permissions.</summary>
    public static SettingKind<AllowedRange> Range { get; } = new(
        static text => AllowedRange.TryParse(text, out var value, out var error) ? new(value) : SettingValue<AllowedRange>.Invalid(error.TrimEnd('.')),
        static value => value.ToString(),
        AnyText)
    {
        HasCommas = true,
    };

    /// <summary>A group of peers.</summary>
    public static SettingKind<PeerGroup> Group { get; } = new(
        static text => PeerGroup.TryParse(text, out var value, out var error) ? new(value) : SettingValue<PeerGroup>.Invalid(error),
        static value => value.ToString(),
        AnyText)
    {
        HasCommas = true,
    };

    /// <summary>Services of a node.</summary>
    public static SettingKind<NodeServices> Services { get; } = new(
        static text => ServiceWords.TryParse(text, out var value, out var error) ? new(value) : SettingValue<NodeServices>.Invalid($"{error}, or {ServiceWords.None}"),
        ServiceWords.Format,
        AnyText);

    /// <summary>A mode of compact blocks.</summary>
    public static SettingKind<CompactBlockMode> CompactBlocks { get; } = Member<CompactBlockMode>();

    /// <summary>An amount of money, in satoshis.</summary>
    public static SettingKind<long> Amount { get; } = new(
        static text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= BitcoinPeerOptions.MaxFeeFilter
            ? new(value)
            : SettingValue<long>.Invalid(Invariant($"use a whole number of satoshis from 0 to {BitcoinPeerOptions.MaxFeeFilter}")),
        static value => value.ToString(CultureInfo.InvariantCulture),
        Invariant($"\"type\": \"integer\", \"minimum\": 0, \"maximum\": {BitcoinPeerOptions.MaxFeeFilter}"));

    /// <summary>One network of addresses.</summary>
    public static SettingKind<AddressNetworks> Network { get; } = new(
        static text => AddressNetworkTable.Parse(text, StringComparison.OrdinalIgnoreCase) is not AddressNetworks.None and var network
            ? new(network)
            : SettingValue<AddressNetworks>.Invalid("use ipv4, ipv6, onion, i2p or cjdns"),
        static value => AddressNetworkTable.All.First(each => each.Set == value).Word,
        $"\"enum\": [{string.Join(", ", AddressNetworkTable.All.Select(static each => $"\"{each.Word}\""))}]");

    /// <summary>A policy for the transport.</summary>
    public static SettingKind<TransportPolicy> Transport { get; } = Member<TransportPolicy>();

    /// <summary>A network of addresses and its policy for the transport.</summary>
    public static SettingKind<(AddressNetworks Network, TransportPolicy Policy)> NetworkTransport { get; } = new(
        static text => text.Split('=') is [var word, var policy]
                && Network.Read(word.Trim()) is { IsValid: true } network && Transport.Read(policy.Trim()) is { IsValid: true } transport
            ? new((network.Value, transport.Value))
            : SettingValue<(AddressNetworks, TransportPolicy)>.Invalid(
                $"write NETWORK=POLICY, such as onion=PreferV2, with one of ipv4, ipv6, onion, i2p, cjdns and one of {string.Join(", ", Enum.GetNames<TransportPolicy>())}"),
        static value => $"{Network.Write(value.Network)}={Transport.Write(value.Policy)}",
        $"{AnyText}, \"pattern\": \"^({string.Join('|', AddressNetworkTable.All.Select(static each => each.Word))})=({string.Join('|', Enum.GetNames<TransportPolicy>())})$\"");

    /// <summary>A protocol for port mappings.</summary>
    public static SettingKind<PortMappingMethod> PortMapping { get; } = Member<PortMappingMethod>();

    /// <summary>The name of a chain.</summary>
    public static SettingKind<string> Chain { get; } = new(
        static text => ChainParameters.All.FirstOrDefault(chain => IsSame(chain.Name, text)) is { } chain ? new(chain.Name) : SettingValue<string>.Invalid($"use {ChainNames}"),
        static value => value,
        $"\"enum\": [{string.Join(", ", ChainParameters.All.Select(static chain => $"\"{chain.Name}\""))}]");

    /// <summary>The names of the chains, for a sentence.</summary>
    public static string ChainNames { get; } =
        $"{string.Join(", ", ChainParameters.All.SkipLast(1).Select(static chain => chain.Name))} or {ChainParameters.All[^1].Name}";

    /// <summary>Converts a set of networks to a list; empty for all networks.</summary>
    public static IEnumerable<AddressNetworks> ToList(AddressNetworks networks) =>
        networks == AddressNetworks.All ? [] : AddressNetworkTable.All.Select(static each => each.Set).Where(each => networks.HasFlag(each));

    /// <summary>Adds policies of networks to others. The last one of a network counts.</summary>
    public static Dictionary<AddressNetwork, TransportPolicy> ToDictionary(
        IEnumerable<KeyValuePair<AddressNetwork, TransportPolicy>> policies, List<(AddressNetworks Network, TransportPolicy Policy)> added)
    {
        var all = new Dictionary<AddressNetwork, TransportPolicy>(policies);
        foreach (var (set, policy) in added)
            all[AddressNetworkTable.All.First(each => each.Set == set).Network] = policy;
        return all;
    }

    /// <summary>Creates a kind for whole numbers.</summary>
    public static SettingKind<int> Count(int min, int max = int.MaxValue) => new(
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? new(value)
            : SettingValue<int>.Invalid(max == int.MaxValue ? Invariant($"use a whole number from {min}") : Invariant($"use a whole number from {min} to {max}")),
        static value => value.ToString(CultureInfo.InvariantCulture),
        Invariant($"\"type\": \"integer\", \"minimum\": {min}") + (max == int.MaxValue ? string.Empty : Invariant($", \"maximum\": {max}")));

    /// <summary>Creates a kind for whole numbers and the word for no limit, which is read as <see cref="int.MaxValue"/>.</summary>
    public static SettingKind<int> Limit(int min)
    {
        var count = Count(min);
        return new(
            text => IsUnlimited(text) ? new(int.MaxValue) : count.Read(text) is { IsValid: true } read ? read : SettingValue<int>.Invalid($"{count.Read(text).Remedy}, or {Unlimited}"),
            value => value == int.MaxValue ? Unlimited : count.Write(value),
            $"\"oneOf\": [{{ {count.JsonSchema} }}, {{ \"const\": \"{Unlimited}\" }}]");
    }

    /// <summary>Reads a peer. I2P has no ports: there port 0 is allowed.</summary>
    private static SettingValue<EndPoint> ReadPeer(string text)
    {
        if (NetworkEndPoint.TryParse(text, defaultPort: 0, out var known) && known.Address.Network == AddressNetwork.I2P)
            return new(known.ToEndPoint()!);
        if (ProxyEndPoint.TryParse(text, defaultPort: 0, out var value, out var error))
            return value is UnixDomainSocketEndPoint ? SettingValue<EndPoint>.Invalid(PeerForms) : new(value);
        return SettingValue<EndPoint>.Invalid(text.Contains(".onion", StringComparison.OrdinalIgnoreCase) ? error : PeerForms);
    }

    /// <summary>Creates a kind for the members of an enumeration, by their names.</summary>
    private static SettingKind<T> Member<T>()
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        return new(
            text => names.Contains(text, StringComparer.OrdinalIgnoreCase)
                ? new(Enum.Parse<T>(text, ignoreCase: true))
                : SettingValue<T>.Invalid($"use {string.Join(", ", names.SkipLast(1))} or {names[^1]}"),
            static value => value.ToString(),
            $"\"enum\": [{string.Join(", ", names.Select(static name => $"\"{name}\""))}]");
    }

    private static bool IsUnlimited(string text) => IsSame(text, Unlimited);

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>Determines whether a text has a port. .NET also accepts addresses without one, and IPv4 in formats that other programs read differently.</summary>
    private static bool HasPort(string text, IPEndPoint value) => value.AddressFamily == AddressFamily.InterNetworkV6
        ? text.StartsWith('[') && text.Contains("]:", StringComparison.Ordinal)
        : string.Equals(value.ToString(), text, StringComparison.Ordinal);
}
