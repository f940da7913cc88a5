using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>What a run is to do, and where that was said. Immutable.</summary>
internal sealed record RunConfiguration
{
    /// <summary>What it is to do.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>What was set, by option, each from the place that counts.</summary>
    public required ImmutableSortedDictionary<string, Setting> Settings { get; init; }

    /// <summary>The options that may be set, in the order of the help.</summary>
    public required ImmutableArray<string> Known { get; init; }

    /// <summary>The configuration file; null for none.</summary>
    public string? File { get; init; }
}
