using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The outcome of a reload of the configuration.</summary>
/// <param name="Changes">The changed settings, including those that need a restart; empty when there are none, or there are errors.</param>
/// <param name="Errors">The errors. With any, nothing has changed.</param>
internal sealed record ReloadOutcome(ImmutableArray<SettingChange> Changes, ImmutableArray<string> Errors)
{
    private const int MaxErrors = 20;

    /// <summary>Creates the outcome of a reload with errors.</summary>
    public static ReloadOutcome Failed(IEnumerable<string> errors) => new([], [.. errors.Take(MaxErrors)]);

    /// <summary>Describes the outcome in lines.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var error in Errors)
            yield return $"not reloaded: {error}";
        if (!Errors.IsEmpty)
            yield break;
        var (now, later) = (Changes.Where(change => !change.NeedsRestart).ToList(), Changes.Where(change => change.NeedsRestart).ToList());
        yield return now.Count > 0 ? $"reloaded: {string.Join(", ", now)}" : "reloaded: no change takes effect now";
        if (later.Count > 0)
            yield return $"needs a restart: {string.Join(", ", later)}";
    }
}

/// <summary>A setting that differs from that of the running configuration.</summary>
/// <param name="Option">The name of the option, with its hyphens.</param>
/// <param name="Before">The previous value, in words.</param>
/// <param name="After">The new value, in words.</param>
/// <param name="NeedsRestart">True when it takes effect only in the next run.</param>
internal sealed record SettingChange(string Option, string Before, string After, bool NeedsRestart)
{
    /// <summary>Determines whether this is a change of an option.</summary>
    public bool IsFor(string option) => string.Equals(Option, option, StringComparison.Ordinal);

    /// <summary>Describes the change.</summary>
    public override string ToString() => $"{SettingSource.GetKey(Option)} {Before} -> {After}";
}
