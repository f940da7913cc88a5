using System.Collections.Immutable;
using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>What one place says of one option of <c>connmgr run</c>.</summary>
/// <param name="Option">The option's name, with its hyphens.</param>
/// <param name="Values">Its values, as they would be written on a command line; <c>true</c> or <c>false</c> for one without a value.</param>
/// <param name="Source">The place.</param>
internal sealed record Setting(string Option, ImmutableArray<string> Values, SettingSource Source)
{
    /// <summary>Whether it is one of this option.</summary>
    public bool IsOf(Option option) => string.Equals(Option, option.Name, StringComparison.Ordinal);

    /// <summary>Whether the values are the same, wherever they were given.</summary>
    public static bool AreEqual(Setting? one, Setting? other) =>
        (one?.Values ?? []).SequenceEqual(other?.Values ?? [], StringComparer.Ordinal);
}
