using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>Who may connect to us.</summary>
internal sealed class InboundOptions : RunOptionGroup
{
    private const int MaxMaxInbound = 100_000;

    private readonly HostsOption _listen = HostsOption.Local(
        "--listen", "Accept peers at this local address; port 0 lets the system choose. May be given several times.");

    private readonly ExternalAddressesOption _external = new();

    private readonly WholeNumberOption _maxInbound =
        new("--max-inbound", MaxMaxInbound, "The most inbound peers at one time (default 117).");

    public override string Title => "Inbound peers";

    public override IEnumerable<Option> Options => [_listen, _external, _maxInbound];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        Listen = [.. parsed.GetValue(_listen) ?? []],
        ExternalAddresses = [.. parsed.GetValue(_external) ?? []],
        MaxInbound = parsed.GetValue(_maxInbound),
    };

    public override bool NamesPeers(CommandResult result) => result.GetResult(_listen) is not null;
}
