using System.Globalization;
using System.Text;

namespace Connmgr.Tool;

/// <summary>Formats a configuration for <c>--print-config</c>: as a file with the same settings.</summary>
internal static class ConfigurationText
{
    /// <summary>The column at which comments begin, if the setting is short enough.</summary>
    private const int RemarkColumn = 40;

    /// <summary>Formats a configuration.</summary>
    /// <typeparam name="TOptions">The type of its options.</typeparam>
    /// <param name="configuration">The configuration.</param>
    /// <returns>Lines of TOML, each setting with a comment that names its source.</returns>
    public static IEnumerable<string> Format<TOptions>(Configuration<TOptions> configuration)
    {
        foreach (var option in configuration.Known)
        {
            if (configuration.Settings.TryGetValue(option, out var setting))
                yield return $"{FormatSetting(option, setting.Values).PadRight(RemarkColumn)}  # {SafeText.Line(setting.Source.Place)}";
        }

        var others = configuration.Known.Where(option => !configuration.Settings.ContainsKey(option)).Select(SettingSource.GetKey);
        yield return $"# By default: {string.Join(", ", others)}.";
        yield return $"# File: {(configuration.File is { } file ? SafeText.Line(file) : "none")}.";
    }

    /// <summary>Formats one setting as a line.</summary>
    public static string FormatSetting(string option, IReadOnlyList<string> values) => $"{SettingSource.GetKey(option)} = {Value(values)}";

    private static string Value(IReadOnlyList<string> values) => values is [var one] ? Scalar(one) : $"[{string.Join(", ", values.Select(Scalar))}]";

    private static string Scalar(string text) => text is "true" or "false" || IsNumber(text) ? text : Quoted(text);

    /// <summary>Determines whether TOML reads a text as the same number. It rejects 010, for example.</summary>
    private static bool IsNumber(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && string.Equals(number.ToString(CultureInfo.InvariantCulture), text, StringComparison.Ordinal);

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\')
                quoted.Append('\\').Append((char)rune.Value);
            else if (string.Equals(SafeText.Line(rune.ToString()), rune.ToString(), StringComparison.Ordinal))
                quoted.Append(rune.ToString());
            else
                quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
        }

        return quoted.Append('"').ToString();
    }
}
