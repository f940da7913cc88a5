using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The configuration of a run, with the sources of its settings. Immutable.</summary>
internal sealed record RunConfiguration
{
    /// <summary>The options.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>The effective settings, by option.</summary>
    public required ImmutableSortedDictionary<string, Setting> Settings { get; init; }

    /// <summary>The options that may be set, in the order of the help.</summary>
    public required ImmutableArray<string> Known { get; init; }

    /// <summary>The configuration file; null for none.</summary>
    public string? File { get; init; }
}
