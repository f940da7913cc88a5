using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>What came of reading the configuration again.</summary>
/// <param name="Changes">What is another setting, whether it counts at once or not; empty when nothing is, or something was wrong.</param>
/// <param name="Errors">What was wrong with it; then nothing has changed.</param>
internal sealed record ReloadOutcome(ImmutableArray<SettingChange> Changes, ImmutableArray<string> Errors)
{
    private const int MostErrors = 20;

    /// <summary>Something was wrong.</summary>
    public static ReloadOutcome Failed(IEnumerable<string> errors) => new([], [.. errors.Take(MostErrors)]);

    /// <summary>The outcome in words.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var error in Errors)
            yield return $"not reloaded: {error}";
        if (!Errors.IsEmpty)
            yield break;
        var (now, later) = (Changes.Where(change => !change.NeedsRestart).ToList(), Changes.Where(change => change.NeedsRestart).ToList());
        yield return now.Count > 0 ? $"reloaded: {string.Join(", ", now)}" : "reloaded: nothing to change at once";
        if (later.Count > 0)
            yield return $"needs a restart: {string.Join(", ", later)}";
    }
}

/// <summary>A setting that is another one than the run was begun with.</summary>
/// <param name="Option">The option's name, with its hyphens.</param>
/// <param name="Before">What it was, in words.</param>
/// <param name="After">What it is to be, in words.</param>
/// <param name="NeedsRestart">Whether it only counts for the next run.</param>
internal sealed record SettingChange(string Option, string Before, string After, bool NeedsRestart)
{
    /// <summary>Whether it is one of this option.</summary>
    public bool IsOf(string option) => string.Equals(Option, option, StringComparison.Ordinal);

    /// <summary>For people.</summary>
    public override string ToString() => $"{SettingSource.KeyOf(Option)} {Before} -> {After}";
}
