using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The options of <c>connmgr crawl</c> for the zone of a DNS seed.</summary>
internal sealed class ZoneOptions
{
    private readonly Option<string?> _file = new("--zone-file")
    {
        Description = "Write the zone of a DNS seed to this file after each round, for nsd or BIND.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _name = Name("--zone", "The name of the zone, such as seed.example.org.");

    private readonly Option<string?> _nameServer = Name(
        "--zone-ns", "The host name of the name server that serves the zone (default: ns in the domain above the zone, such as ns.example.org).");

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
    }

    /// <summary>Gets the zone.</summary>
    /// <param name="parsed">A command line without errors.</param>
    /// <returns>The zone; null for none.</returns>
    public ZoneSettings? Get(ParseResult parsed) => parsed.GetValue(_file) is { } file && parsed.GetValue(_name) is { } name
        ? new ZoneSettings
        {
            Path = Path.GetFullPath(file),
            Name = name,
            NameServer = parsed.GetValue(_nameServer) ?? $"ns{name[name.IndexOf('.', StringComparison.Ordinal)..]}",
        }
        : null;

    private static Option<string?> Name(string option, string description) => new(option)
    {
        Description = description,
        HelpName = "HOST",
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            var name = text.TrimEnd('.').ToLowerInvariant();
            if (DnsName.FromHost(name) is not null && name.Contains('.', StringComparison.Ordinal) && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_'))
                return name;
            result.AddError($"{option} is '{text}': use a host name with a domain, such as seed.example.org.");
            return null;
        },
    };
}
