using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The configuration of a run or a crawl, with the sources of its settings. Immutable.</summary>
/// <typeparam name="TOptions">The type of the options.</typeparam>
internal sealed record Configuration<TOptions>
{
    /// <summary>The options.</summary>
    public required TOptions Options { get; init; }

    /// <summary>The effective settings, by option.</summary>
    public required ImmutableSortedDictionary<string, Setting> Settings { get; init; }

    /// <summary>The options that may be set, in the order of the help.</summary>
    public required ImmutableArray<string> Known { get; init; }

    /// <summary>The configuration file; null for none.</summary>
    public string? File { get; init; }
}
