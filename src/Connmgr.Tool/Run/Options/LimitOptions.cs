using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The limits for one peer, one network and all peers together.</summary>
internal sealed class LimitOptions : RunOptionGroup
{
    private const int Max = 1_000_000;

    private readonly WholeNumberOption _perHost =
        new("--max-per-host", Max, "The most inbound peers of one address (default: an eighth of --max-inbound, at least 8).", min: 1);

    private readonly WholeNumberOption _perPrefix =
        new("--max-per-prefix", Max, "The most inbound peers of one /24 of IPv4 or /64 of IPv6 (default: a quarter of --max-inbound, at least 8).", min: 1);

    private readonly WholeNumberOption _handshakes =
        new("--max-handshakes", Max, "The most unfinished inbound handshakes (default: half of --max-inbound, at least 32).", min: 1);

    private readonly WholeNumberOption _handshakesPerPrefix =
        new("--max-handshakes-per-prefix", Max, "The most unfinished inbound handshakes of one /24 or /64 (default 8).", min: 1);

    private readonly WholeNumberOption _connections =
        new("--max-connections", Max, "The most connections in both directions; outbound ones go first (default: no limit).", min: 1);

    private readonly RateOption _rate =
        new("--accept-rate", "How often one public address may connect to us, and how often at once (default 0.2/3); off for no limit.");

    private readonly WholeNumberOption _receiveBudget = new(
        "--receive-budget",
        int.MaxValue,
        "The memory, in bytes, that messages of all peers together may take while they arrive; half of it is for outbound peers and those of --allow "
        + "(default: 64 MiB or an eighth of the memory there is, whichever is less).",
        min: BitcoinPeerOptions.MinReceiveBudget);

    private readonly AllowedRangesOption _allow = new(
        "--allow",
        "These addresses always get in: they have 16 places beside --max-inbound, no other limit, and permissions such as noban. May be given several times.");

    public override string Title => "Limits";

    public override IEnumerable<Option> Options => [_perHost, _perPrefix, _handshakes, _handshakesPerPrefix, _connections, _rate, _receiveBudget, _allow];

    public override RunOptions Apply(RunOptions options, ParseResult parsed)
    {
        var limits = new InboundLimits
        {
            MaxPerHost = parsed.GetValue(_perHost),
            MaxPerPrefix = parsed.GetValue(_perPrefix),
            MaxHandshakes = parsed.GetValue(_handshakes),
            MaxConnections = parsed.GetValue(_connections),
            Allowed = [.. parsed.GetValue(_allow) ?? []],
        };
        limits.MaxHandshakesPerPrefix = parsed.GetValue(_handshakesPerPrefix) ?? limits.MaxHandshakesPerPrefix;
        if (parsed.GetValue(_rate) is { } rate)
            (limits.AcceptsPerSecond, limits.AcceptBurst) = rate;
        return options with { InboundLimits = limits, ReceiveBudget = parsed.GetValue(_receiveBudget) };
    }
}
