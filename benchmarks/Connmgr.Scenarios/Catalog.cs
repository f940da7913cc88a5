using System.IO.Enumeration;

namespace Connmgr.Scenarios;

/// <summary>All scenarios.</summary>
internal static class Catalog
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. BanScore.All,
        .. Bans.All,
        .. Churn.All,
        .. FillInstant.All,
        .. FillLoopback.All,
        .. FillFailing.All,
        .. FillBlackHoles.All,
        .. AcceptShort.All,
        .. Refusal.All,
        .. Held.All,
        .. Idle.All,
        .. Seed.All,
        .. TorLookups.All,
        .. SandboxFill.All,
        .. NetworkPeers.All,
        .. RulesEvents.All,
        .. HedgeShare.All,
    ];

    /// <summary>Finds the scenarios whose name contains a text or, with wildcards in it, matches it, or one of several with commas between them; all for null.</summary>
    public static IReadOnlyList<Scenario> Matching(string? patterns) =>
        patterns is null ? All : [.. All.Where(scenario => patterns.Split(',').Any(pattern => Matches(scenario.Name, pattern)))];

    private static bool Matches(string name, string pattern) => pattern.AsSpan().ContainsAny('*', '?')
        ? FileSystemName.MatchesSimpleExpression(pattern, name)
        : name.Contains(pattern, StringComparison.Ordinal);

    /// <summary>Gets the scenario with a name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Scenario Named(string name) => All.FirstOrDefault(scenario => string.Equals(scenario.Name, name, StringComparison.Ordinal))
        ?? throw new InvalidOperationException($"There is no scenario '{name}'; --list names them.");
}
