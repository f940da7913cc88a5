using System.Collections.Immutable;
using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>The setting of one option of <c>connmgr run</c> in one source.</summary>
/// <param name="Option">The name of the option, with its hyphens.</param>
/// <param name="Values">Its values, as on a command line; <c>true</c> or <c>false</c> for an option without a value.</param>
/// <param name="Source">The source.</param>
internal sealed record Setting(string Option, ImmutableArray<string> Values, SettingSource Source)
{
    /// <summary>Determines whether this is a setting of an option.</summary>
    public bool IsFor(Option option) => string.Equals(Option, option.Name, StringComparison.Ordinal);

    /// <summary>Determines whether two settings have the same values, regardless of their sources.</summary>
    public static bool AreEqual(Setting? one, Setting? other) =>
        (one?.Values ?? []).SequenceEqual(other?.Values ?? [], StringComparer.Ordinal);
}

/// <summary>The source of a setting.</summary>
/// <param name="Place">A name to show: <c>command line</c>, an environment variable, or <c>FILE:LINE</c>.</param>
/// <param name="Head">
/// The start of a message about the setting, in place of the option's name: <c>CONNMGR_TARGET</c>, <c>FILE:LINE: target</c>.
/// </param>
/// <param name="Line">The line of the file; 0 when the source is no file.</param>
internal sealed record SettingSource(string Place, string Head, int Line = 0)
{
    /// <summary>The prefix of environment variables.</summary>
    public const string VariablePrefix = "CONNMGR_";

    /// <summary>Creates the source of an option on the command line.</summary>
    public static SettingSource FromCommandLine(string option) => new("command line", option);

    /// <summary>Creates the source of an environment variable.</summary>
    public static SettingSource FromVariable(string variable) => new(variable, variable);

    /// <summary>Creates the source of a line of a file.</summary>
    public static SettingSource FromFile(string path, int line, string key) => new($"{path}:{line}", $"{path}:{line}: {key}", line);

    /// <summary>Gets the key of an option in a file: its name without the leading hyphens.</summary>
    public static string GetKey(string option) => option[2..];

    /// <summary>Gets the environment variable of an option: <c>CONNMGR_MAX_INBOUND</c> for <c>--max-inbound</c>.</summary>
    public static string GetVariable(string option) => VariablePrefix + GetKey(option).Replace('-', '_').ToUpperInvariant();

    /// <summary>Rewrites a message about an option so that it names this source.</summary>
    public string Describe(string option, string message) => message.StartsWith(option + " ", StringComparison.Ordinal)
        ? Head + message[option.Length..]
        : $"{Head}: {message}";
}
