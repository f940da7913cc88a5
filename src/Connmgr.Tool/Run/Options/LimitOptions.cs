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
        new("--max-connections", Max, "The most connections in both directions; outbound ones have priority (default: no limit).", min: 1);

    private readonly RateOption _rate =
        new("--accept-rate", "The number of connections per second that one public address may make, and the number at once (default 0.2/3); off for no limit.");

    private readonly WholeNumberOption _receiveBudget = new(
        "--receive-budget",
        int.MaxValue,
        "The most bytes of messages that are being received from all peers together; half of them are for outbound peers and those of --allow "
        + "(default: 64 MiB or an eighth of the memory, whichever is less).",
        min: BitcoinPeerOptions.MinReceiveBudget);

    private readonly AllowedRangesOption _allow = new(
        "--allow",
        "Always accept these addresses: they have 16 places in addition to --max-inbound, no other limits, and permissions such as noban. May be given several times.");

    public override string Title => "Limits";

    public override IEnumerable<Option> Options => [.. OfInbound, _receiveBudget];

    /// <summary>The options of <see cref="RunOptions.InboundLimits"/>, which may change during a run.</summary>
    public IEnumerable<Option> OfInbound => [_perHost, _perPrefix, _handshakes, _handshakesPerPrefix, _connections, _rate, _allow];

    public override RunOptions Apply(RunOptions options, ParseResult parsed)
    {
        var limits = new InboundLimits
        {
            MaxPerHost = parsed.GetValue(_perHost),
            MaxPerPrefix = parsed.GetValue(_perPrefix),
            MaxHandshakes = parsed.GetValue(_handshakes),
            MaxConnections = parsed.GetValue(_connections),
            AllowList = [.. parsed.GetValue(_allow) ?? []],
        };
        limits.MaxHandshakesPerPrefix = parsed.GetValue(_handshakesPerPrefix) ?? limits.MaxHandshakesPerPrefix;
        if (parsed.GetValue(_rate) is { } rate)
            (limits.AcceptsPerSecond, limits.AcceptBurst) = rate;
        return options with { InboundLimits = limits, ReceiveBudget = parsed.GetValue(_receiveBudget) };
    }
}
