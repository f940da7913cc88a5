using System.Globalization;

namespace Connmgr.Tool;

/// <summary>
/// The settings of a file that apply on one network, merged as Bitcoin Core does (src/common/settings.cpp): the section of the network
/// before the rest of the file; of a single value the first counts, of a list all; "no" drops what is before it. Pure.
/// </summary>
internal sealed class CoreSettings(CoreFile file, CoreNetwork network)
{
    /// <summary>The options that Bitcoin Core ignores outside of a section on all networks but the main one.</summary>
    private static readonly string[] NetworkOnly = ["addnode", "bind", "connect", "port", "rpcbind", "rpcport", "wallet"];

    /// <summary>The network.</summary>
    public CoreNetwork Network => network;

    /// <summary>Gets all values of an option.</summary>
    public IReadOnlyList<string> GetList(string name)
    {
        var (result, isDone, isNegatedEmpty) = (new List<string>(), false, false);
        foreach (var source in Sources(name, keepsNegation: false))
        {
            var last = source.FindLastIndex(static entry => entry.Value is null);
            if (!isDone || !isNegatedEmpty)
                result.AddRange(source.Skip(last + 1).Select(static entry => entry.Value!));
            isDone |= last >= 0;
            isNegatedEmpty |= last >= 0 && last == source.Count - 1 && result.Count == 0;
        }

        return result;
    }

    /// <summary>Gets the value of an option.</summary>
    /// <returns>The value; "0" when it is turned off; null when it is not set.</returns>
    public string? Get(string name)
    {
        foreach (var source in Sources(name, keepsNegation: true))
        {
            var last = source.FindLastIndex(static entry => entry.Value is null);
            if (source.Count > 0)
                return last + 1 < source.Count ? source[last + 1].Value : "0";
        }

        return null;
    }

    /// <summary>Gets the line of the first setting of an option that applies; line 0 for none.</summary>
    /// <param name="name">The option.</param>
    /// <param name="value">The value, perhaps with a port or brackets in addition; null for any.</param>
    public CoreLine GetLine(string name, string? value = null)
    {
        var entries = Sources(name, keepsNegation: true).SelectMany(static source => source).ToList();
        return (entries.Find(entry => value is not null && entry.Value is { Length: > 0 } own && value.Contains(own, StringComparison.Ordinal)) ?? entries.FirstOrDefault())?.Line ?? default;
    }

    /// <summary>Gets the value of an option that is true or false; null when it is not set.</summary>
    public bool? GetBool(string name) => Get(name) is { } value ? ToBool(value) : null;

    /// <summary>Determines whether the last word about an option is "no".</summary>
    public bool IsNegated(string name) => Sources(name, keepsNegation: true).FirstOrDefault(static source => source.Count > 0) is { } source && source[^1].Value is null;

    /// <summary>Determines whether Bitcoin Core ignores a setting on this network, because it is not in a section.</summary>
    public bool Ignores(CoreEntry entry) => entry.Section.Length == 0 && network != CoreNetwork.Main && NetworkOnly.Contains(entry.Name, StringComparer.Ordinal);

    /// <summary>Converts a value as Bitcoin Core's InterpretBool does: nothing is true, and a text is the number at its start.</summary>
    public static bool ToBool(string value) => value.Length == 0 || ToNumber(value) != 0;

    /// <summary>Converts the number at the start of a text, 0 for none, as LocaleIndependentAtoi does.</summary>
    public static long ToNumber(string value)
    {
        var text = value.AsSpan().Trim(" \f\n\r\t\v");
        var sign = text is ['+' or '-', ..] ? 1 : 0;
        var length = sign;
        while (length < text.Length && char.IsAsciiDigit(text[length]))
            length++;
        if (length == sign)
            return 0;
        return long.TryParse(text[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? Math.Clamp(number, int.MinValue, int.MaxValue)
            : text[0] == '-' ? int.MinValue : int.MaxValue;
    }

    private IEnumerable<List<CoreEntry>> Sources(string name, bool keepsNegation)
    {
        yield return Entries(name, network.Section);
        var general = Entries(name, string.Empty);
        if (general.Count == 0 || !Ignores(general[0]) || (keepsNegation && general[^1].Value is null))
            yield return general;
    }

    private List<CoreEntry> Entries(string name, string section) =>
        [.. file.Entries.Where(entry => string.Equals(entry.Name, name, StringComparison.Ordinal) && string.Equals(entry.Section, section, StringComparison.Ordinal))];
}
