using System.Collections.Immutable;

namespace Connmgr;

/// <summary>Inbound connections at one moment, and what became of all that came since the start. Immutable.</summary>
public sealed record InboundSnapshot
{
    /// <summary>Connections, those in their handshake included, that take a place under <see cref="ConnectionManagerOptions.MaxInbound"/>.</summary>
    public required int Ordinary { get; init; }

    /// <summary>Connections, those in their handshake included, that take one of the places of <see cref="InboundLimits.AllowedBudget"/>.</summary>
    public required int Allowed { get; init; }

    /// <summary>How many of <see cref="Ordinary"/> are in their handshake.</summary>
    public required int Handshakes { get; init; }

    /// <summary>Whether there is a flood (<see cref="InboundLimits.FloodThreshold"/>).</summary>
    public required bool IsFlooded { get; init; }

    /// <summary>How many were accepted since the start.</summary>
    public required long Accepted { get; init; }

    /// <summary>How many of those were evicted for others since.</summary>
    public required long Evicted { get; init; }

    /// <summary>How many were refused since the start, for each cause that there was; the most frequent first.</summary>
    public required ImmutableArray<InboundRefusals> Refused { get; init; }
}
