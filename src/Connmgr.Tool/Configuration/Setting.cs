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

/// <summary>Where a setting of a run was made.</summary>
/// <param name="Place">For people: <c>command line</c>, a variable of the environment, or <c>FILE:LINE</c>.</param>
/// <param name="Head">How a message about the setting begins there, in place of the option's name: <c>CONNMGR_TARGET</c>, <c>FILE:LINE: target</c>.</param>
/// <param name="Line">The line of a file; 0 for what is in none.</param>
internal sealed record SettingSource(string Place, string Head, int Line = 0)
{
    /// <summary>What variables of the environment begin with.</summary>
    public const string VariablePrefix = "CONNMGR_";

    /// <summary>The command line.</summary>
    public static SettingSource OfCommandLine(string option) => new("command line", option);

    /// <summary>A variable of the environment.</summary>
    public static SettingSource OfVariable(string variable) => new(variable, variable);

    /// <summary>A line of a file.</summary>
    public static SettingSource OfFile(string path, int line, string key) => new($"{path}:{line}", $"{path}:{line}: {key}", line);

    /// <summary>The key of an option in a file: its name without the hyphens before it.</summary>
    public static string KeyOf(string option) => option[2..];

    /// <summary>The variable of an option: <c>CONNMGR_MAX_INBOUND</c> for <c>--max-inbound</c>.</summary>
    public static string VariableOf(string option) => VariablePrefix + KeyOf(option).Replace('-', '_').ToUpperInvariant();

    /// <summary>A message of an option's, as one of this place.</summary>
    public string Describe(string option, string message) => message.StartsWith(option + " ", StringComparison.Ordinal)
        ? Head + message[option.Length..]
        : $"{Head}: {message}";
}
