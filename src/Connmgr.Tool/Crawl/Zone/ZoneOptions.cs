using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr crawl</c> for the zone of a DNS seed.</summary>
internal sealed class ZoneOptions
{
    private readonly PathOption _file = PathOption.OfFile(
        "--zone-file", "Write the zone of a DNS seed to this file after each round, for nsd or BIND.", "seed.zone");

    private readonly Option<string?> _name = Name("--zone", "The name of the zone, such as seed.example.org.");

    private readonly Option<string?> _nameServer = Name(
        "--zone-ns", "The host name of the name server that serves the zone, outside of it (default: ns in the domain above, such as ns.example.org).");

    /// <summary>The title in the help.</summary>
    public static string Title => "A DNS seed";

    /// <summary>The options, in the order of the help.</summary>
    public IEnumerable<Option> Options => [_file, _name, _nameServer];

    /// <summary>Reports errors that no option can find alone.</summary>
    public void Validate(CommandResult result)
    {
        var (hasFile, hasName) = (result.GetResult(_file) is not null, result.GetResult(_name) is not null);
        if (hasFile && !hasName)
            result.AddError("--zone-file has no zone: add its name, such as --zone seed.example.org.");
        if (!hasFile && (hasName || result.GetResult(_nameServer) is not null))
            result.AddError("--zone and --zone-ns only apply with --zone-file: add --zone-file FILE, or leave them out.");
        ValidateNameServer(result);
    }

    /// <summary>Gets the zone.</summary>
    /// <param name="parsed">A command line without errors.</param>
    /// <returns>The zone; null for none.</returns>
    public ZoneSettings? Get(ParseResult parsed) => parsed.GetValue(_file) is { } file && parsed.GetValue(_name) is { } name
        ? new ZoneSettings
        {
            Path = Path.GetFullPath(file),
            Name = name,
            NameServer = parsed.GetValue(_nameServer) ?? GetDefaultNameServer(name)!,
        }
        : null;

    /// <summary>Gets the default name server of a zone.</summary>
    /// <returns>The host name; null when the domain above is a top-level one, or the name is that of the zone.</returns>
    private static string? GetDefaultNameServer(string zone)
    {
        var above = zone[zone.IndexOf('.', StringComparison.Ordinal)..];
        return above.LastIndexOf('.') > 0 && $"ns{above}" is var host && !IsInside(host, zone) ? host : null;
    }

    private static bool IsInside(string host, string zone) =>
        host.EndsWith(zone, StringComparison.Ordinal) && (host.Length == zone.Length || host[^(zone.Length + 1)] == '.');

    /// <summary>Normalizes a host name.</summary>
    /// <returns>The name; null when it is not valid or has no domain.</returns>
    private static string? Normalize(string text)
    {
        var name = text.TrimEnd('.').ToLowerInvariant();
        return DnsName.FromHost(name) is not null && name.Contains('.', StringComparison.Ordinal)
            && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_')
            ? name
            : null;
    }

    /// <summary>Reports a name server of which the zone would need an address, which it does not have: no name server loads such a zone.</summary>
    private void ValidateNameServer(CommandResult result)
    {
        if (result.GetResult(_name)?.Tokens is not [{ Value: var text }] || Normalize(text) is not { } zone)
            return;
        if (result.GetResult(_nameServer) is { } given)
        {
            if (given.Tokens is [{ Value: var host }] && Normalize(host) is { } nameServer && IsInside(nameServer, zone))
                result.AddError($"--zone-ns is '{nameServer}', which is in the zone '{zone}': use a name server outside of it, which has an address there.");
        }
        else if (GetDefaultNameServer(zone) is null)
        {
            result.AddError($"--zone is '{zone}', which has no default for --zone-ns: add the host name of its name server, such as --zone-ns ns.example.net.");
        }
    }

    private static Option<string?> Name(string option, string description) => new(option)
    {
        Description = description,
        HelpName = "HOST",
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (Normalize(text) is { } name)
                return name;
            result.AddError($"{option} is '{text}': use a host name with a domain, such as seed.example.org.");
            return null;
        },
    };
}
