using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Connmgr.Bitcoin;

/// <summary>The form of a <see cref="PeerGroup"/> on command lines and in configuration. Pure.</summary>
internal static class PeerGroupText
{
    private const string On = "on";
    private const string Off = "off";
    private const string Form = "write NAME=TARGET, such as filters=5";
    private static readonly string[] Keys = ["services", "net", "relay", "gossip", "version", "transport"];

    /// <summary>Reads a group.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PeerGroup? group, [NotNullWhen(false)] out string? error)
    {
        group = null;
        var parts = text.Split(',');
        if (Split(parts[0]) is not ({ Length: > 0 } name, { } number))
        {
            error = Form;
            return false;
        }

        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var target))
        {
            error = $"'{number}' is not a number of peers: {Form}";
            return false;
        }

        var read = new PeerGroup(name, target);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts.Skip(1))
        {
            if (Split(part) is not var (key, value) || !Keys.Contains(key, StringComparer.Ordinal))
                error = $"'{part}' is no requirement: write services=filters, net=onion, relay=off, gossip=off, version=70016 or transport=v2";
            else if (!seen.Add(key))
                error = $"{key} is there twice: write it once";
            else
                read = Apply(read, key, value, out error);
            if (error is not null)
                return false;
        }

        error = PeerGroupRules.GetErrors(read).FirstOrDefault()?.TrimEnd('.');
        group = error is null ? read : null;
        return error is null;
    }

    /// <summary>Writes a group; what has its default is left out.</summary>
    public static string Format(PeerGroup group)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{group.Name}={group.Target}");
        if (group.Services != NodeServices.None)
            text.Append(",services=").Append(ServiceWords.Format(group.Services));
        if (group.Networks != AddressNetworks.All)
            text.Append(",net=").AppendJoin('+', AddressNetworkTable.All.Where(each => group.Networks.HasFlag(each.Set)).Select(static each => each.Word));
        if (!group.Relay)
            text.Append(",relay=off");
        if (!group.Gossip)
            text.Append(",gossip=off");
        if (group.MinimumVersion != 0)
            text.Append(CultureInfo.InvariantCulture, $",version={group.MinimumVersion}");
        if (group.MinimumTransport == PeerTransport.V2)
            text.Append(",transport=v2");
        return text.ToString();
    }

    private static (string Key, string Value)? Split(string part) =>
        part.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals ? (part[..equals].Trim(), part[(equals + 1)..].Trim()) : null;

    private static PeerGroup Apply(PeerGroup group, string key, string value, out string? error)
    {
        error = null;
        switch (key)
        {
            case "services":
                return ServiceWords.TryParse(value, out var services, out error) ? group with { Services = services } : group;
            case "net":
                return TryParseNetworks(value, out var networks, out error) ? group with { Networks = networks } : group;
            case "version" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var version):
                return group with { MinimumVersion = version };
            case "version":
                error = $"version is '{value}': write a protocol version, such as 70016";
                return group;
            case "transport" when value is "v1" or "v2":
                return group with { MinimumTransport = value is "v2" ? PeerTransport.V2 : PeerTransport.V1 };
            case "transport":
                error = $"transport is '{value}': write v1 or v2";
                return group;
            case var _ when value is not (On or Off):
                error = $"{key} is '{value}': write {On} or {Off}";
                return group;
            case "relay":
                return group with { Relay = value is On };
            default:
                return group with { Gossip = value is On };
        }
    }

    private static bool TryParseNetworks(string text, out AddressNetworks networks, out string? error)
    {
        networks = AddressNetworks.None;
        foreach (var word in text.Split('+'))
        {
            var network = AddressNetworkTable.Parse(word, StringComparison.OrdinalIgnoreCase);
            if (network == AddressNetworks.None)
            {
                error = $"'{word}' is no network: use {string.Join(", ", AddressNetworkTable.All.Select(static each => each.Word))}, with + between them";
                return false;
            }

            networks |= network;
        }

        error = null;
        return true;
    }
}
