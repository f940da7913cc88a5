namespace Connmgr.Tool;

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
