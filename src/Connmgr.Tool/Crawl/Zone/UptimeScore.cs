using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The uptime of a node as a crawler saw it, a sample for each round. Immutable.</summary>
internal sealed record UptimeScore
{
    /// <summary>The time of the first sample.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The time of the last sample.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>The time of the last sample at which it was up.</summary>
    public required DateTimeOffset LastUp { get; init; }

    /// <summary>The number of samples.</summary>
    public required int Samples { get; init; }

    /// <summary>The number of samples at which it was up.</summary>
    public required int Ups { get; init; }

    /// <summary>The uptime in each window of <see cref="UptimeRules.Windows"/>.</summary>
    public required ImmutableArray<UptimeWindow> Windows { get; init; }

    /// <summary>True when it was up at the last sample.</summary>
    public bool IsUp => LastUp == Last;
}
