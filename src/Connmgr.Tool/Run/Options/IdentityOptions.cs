using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The contents of the version message that peers receive.</summary>
internal sealed class IdentityOptions : RunOptionGroup
{
    private const string On = "on";

    private readonly OfferedServicesOption _services = new();

    private readonly ChoiceOption _relay = new(
        "--relay", [On, "off"], "Ask peers to announce transactions, or not (default off, because a run discards them).");

    private readonly UserAgentOption _userAgent = new();

    private readonly WholeNumberOption _startHeight = new(
        "--start-height", int.MaxValue, "The height of the best block that peers receive (default 0).");

    public override string Title => "Identity";

    public override IEnumerable<Option> Options => [_services, _relay, _userAgent, _startHeight];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        Identity = new RunIdentity
        {
            Services = parsed.GetValue(_services),
            Relay = parsed.GetValue(_relay) is On,
            UserAgent = parsed.GetValue(_userAgent) ?? BitcoinPeerOptions.DefaultUserAgent,
            StartHeight = parsed.GetValue(_startHeight) ?? 0,
        },
    };
}
