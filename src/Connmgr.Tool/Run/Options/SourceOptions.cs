using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The sources of automatic peers' addresses.</summary>
internal sealed class SourceOptions : RunOptionGroup
{
    /// <summary>The value of <c>--dns-seed</c> for no DNS seeds.</summary>
    public const string Off = "off";

    private readonly HostsOption _dnsSeeds =
        HostsOption.Names("--dns-seed", "Ask this DNS seed instead of those of the network; off for none. May be given several times.");

    private readonly DnsServerOption _dnsServer = new();

    private readonly HostsOption _seedNodes =
        HostsOption.Remote("--seed-node", "Get the first addresses from this peer, before the DNS seeds. May be given several times.");

    private readonly PathOption _fixedPeers = PathOption.OfFile(
        "--fixed-peers", "A file with one address per line, used when no other source gives any.", "peers.txt");

    public override string Title => "Where addresses come from";

    public override IEnumerable<Option> Options => [_dnsSeeds, _dnsServer, _seedNodes, _fixedPeers];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        DnsSeeds = [.. (parsed.GetValue(_dnsSeeds) ?? []).Where(static seed => seed.Name is not Off)],
        AsksDnsSeeds = parsed.GetResult(_dnsSeeds)?.Tokens is not [{ Value: Off }],
        DnsServer = parsed.GetValue(_dnsServer),
        SeedNodes = [.. parsed.GetValue(_seedNodes) ?? []],
        FixedPeers = parsed.GetValue(_fixedPeers),
    };

    public override void Validate(CommandResult result)
    {
        if (result.GetResult(_dnsSeeds)?.Tokens is { Count: > 1 } seeds && seeds.Any(static seed => seed.Value is Off))
            result.AddError("--dns-seed is 'off', and names a seed as well: leave one of them out.");
    }

    public override bool NamesPeers(CommandResult result) =>
        result.GetResult(_dnsSeeds)?.Tokens is { Count: > 0 } and not [{ Value: Off }] || result.GetResult(_seedNodes) is not null || result.GetResult(_fixedPeers) is not null;
}
