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
