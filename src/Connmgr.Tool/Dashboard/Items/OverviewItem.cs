using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>How a run stands, in numbers. The names are those of the JSON.</summary>
internal sealed record OverviewItem
{
    public required string Time { get; init; }

    /// <summary>The name of the network.</summary>
    public required string Network { get; init; }

    /// <summary>Since the dashboard was started, with the run.</summary>
    public required double Seconds { get; init; }

    public required RunHealth Health { get; init; }

    /// <summary>Whether no route gives an answer.</summary>
    public required bool Outage { get; init; }

    /// <summary>Connections beside the automatic, permanent and inbound ones: feelers, one-offs and the like.</summary>
    public required int OneOff { get; init; }

    /// <summary>Attempts under way, inbound handshakes included.</summary>
    public required int Dialing { get; init; }

    public required InboundItem Inbound { get; init; }

    public required TallyItem Tally { get; init; }

    /// <summary>The address book by network; the last is <c>all</c>.</summary>
    public required ImmutableArray<AddressCount> Addresses { get; init; }

    /// <summary>How many bans there are.</summary>
    public required int Bans { get; init; }

    /// <summary>What each seed that was asked gave the last time.</summary>
    public required ImmutableArray<SeedStateItem> Seeds { get; init; }

    /// <summary>Where Tor's control port stands; null without one.</summary>
    public required TorItem? Tor { get; init; }

    /// <summary>Where peers are accepted.</summary>
    public required ImmutableArray<string> Listening { get; init; }

    /// <summary>What was wrong with files of the data directory.</summary>
    public required ImmutableArray<string> Problems { get; init; }
}
