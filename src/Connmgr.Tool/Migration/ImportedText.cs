namespace Connmgr.Tool;

/// <summary>Formats an import as a configuration file. Pure.</summary>
internal static class ImportedText
{
    /// <summary>Formats an import: settings that are the same on all its networks, a table for each network, and the rest as comments.</summary>
    /// <param name="import">The import.</param>
    /// <param name="source">The name of the imported file.</param>
    public static IEnumerable<string> Format(CoreImport import, string source)
    {
        yield return $"# From {SafeText.Line(source)}, a configuration file of Bitcoin Core, by connmgr import-config.";
        yield return ConfigurationText.FormatSetting("--network", [Names.Get(import.Networks[0].Network)]);
        var common = import.Networks[0].Settings.Where(setting => import.Networks.All(network => network.Settings.Any(other => AreSame(setting, other)))).ToList();
        foreach (var setting in common)
            yield return ConfigurationText.FormatSetting(setting.Option, setting.Values);
        foreach (var network in import.Networks)
        {
            var special = network.Settings.Where(setting => !common.Exists(other => AreSame(setting, other))).ToList();
            if (special.Count == 0)
                continue;
            yield return string.Empty;
            yield return $"[{Names.Get(network.Network)}]";
            foreach (var setting in special)
                yield return ConfigurationText.FormatSetting(setting.Option, setting.Values);
        }

        if (import.Notes.IsEmpty)
            yield break;
        yield return string.Empty;
        yield return "# Not imported, or not as they are:";
        foreach (var note in import.Notes)
            yield return $"# {Format(note)}";
    }

    /// <summary>Formats a note as one line. It contains no value of a setting that is not imported: that may be a password.</summary>
    public static string Format(ImportNote note) => SafeText.Line($"{note.Line}: {note.Name}: {note.Reason}.", maxLength: 512);

    private static bool AreSame(Setting one, Setting other) =>
        string.Equals(one.Option, other.Option, StringComparison.Ordinal) && Setting.AreEqual(one, other);
}
