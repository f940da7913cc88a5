using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>A setting: its place in configuration, how it is read into settings, and whether it may change at run time. Immutable.</summary>
/// <typeparam name="TSettings">The settings that it belongs to.</typeparam>
internal abstract class SettingKey<TSettings>(string path)
{
    /// <summary>The place below the section, with colons.</summary>
    public string Path { get; } = path;

    /// <summary>True when a change takes effect at run time.</summary>
    public bool IsLive { get; private set; }

    /// <summary>The members of its JSON schema, without the braces.</summary>
    public abstract string JsonSchema { get; }

    /// <summary>Reads configuration into settings.</summary>
    /// <param name="section">The configuration at its place, which is not empty.</param>
    /// <param name="settings">The settings to change.</param>
    /// <param name="errors">Receives the errors, a sentence each.</param>
    public abstract void Read(IConfigurationSection section, TSettings settings, List<string> errors);

    /// <summary>Gets the setting as text, to compare it and to show its default.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The text; empty if it is not set.</returns>
    public abstract string GetText(TSettings settings);

    /// <summary>Creates a copy whose changes take effect at run time.</summary>
    public SettingKey<TSettings> Live()
    {
        var live = (SettingKey<TSettings>)MemberwiseClone();
        live.IsLive = true;
        return live;
    }

    /// <summary>Formats the error about a text that is not valid.</summary>
    private protected static string FormatError(string path, string text, bool isSecret, string remedy) =>
        isSecret ? $"{path} is not valid: {remedy}." : $"{path} is '{text}': {remedy}.";
}

/// <summary>A setting with one value.</summary>
internal sealed class ValueKey<TSettings, TValue>(
    string path, SettingKind<TValue> kind, Func<TSettings, string> getText, Action<TSettings, TValue> set) : SettingKey<TSettings>(path)
{
    public override string JsonSchema => kind.JsonSchema;

    public override void Read(IConfigurationSection section, TSettings settings, List<string> errors)
    {
        if (section.Value is not { } text)
            errors.Add($"{section.Path} has several values: write one.");
        else if (kind.Read(text) is { IsValid: true } read)
            set(settings, read.Value);
        else
            errors.Add(FormatError(section.Path, text, kind.IsSecret, kind.Read(text).Remedy!));
    }

    public override string GetText(TSettings settings) => getText(settings);
}

/// <summary>A setting with a list of values: an array in configuration, or one text with commas, for environment variables.</summary>
internal sealed class ListKey<TSettings, TValue>(
    string path, SettingKind<TValue> kind, Func<TSettings, IEnumerable<TValue>> get, Action<TSettings, List<TValue>> add) : SettingKey<TSettings>(path)
{
    public override string JsonSchema => $"\"type\": [\"array\", \"string\"], \"items\": {{ {kind.JsonSchema} }}";

    public override void Read(IConfigurationSection section, TSettings settings, List<string> errors)
    {
        var values = new List<TValue>();
        foreach (var (path, text) in GetTexts(section))
        {
            if (text is null)
            {
                errors.Add($"{path} is a group of settings: write one text.");
                continue;
            }

            var read = kind.Read(text);
            if (read.IsValid)
                values.Add(read.Value);
            else
                errors.Add(FormatError(path, text, kind.IsSecret, read.Remedy));
        }

        add(settings, values);
    }

    public override string GetText(TSettings settings) => string.Join(", ", get(settings).Select(kind.Write));

    private IEnumerable<(string Path, string? Text)> GetTexts(IConfigurationSection section) => section.Value is { Length: > 0 } text
        ? Split(text).Select(each => (section.Path, (string?)each))
        : section.GetChildren().Select(static child => (child.Path, child.Value));

    private string[] Split(string text) =>
        kind.HasCommas ? [text] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The setting for proxies: a list, each entry of which adds a rule to those before it.</summary>
internal sealed class ProxiesKey(string path) : SettingKey<BitcoinPeersSettings>(path)
{
    private readonly ListKey<List<string>, string> _texts = new(path, SettingKinds.Text, static texts => texts, static (texts, values) => texts.AddRange(values));

    public override string JsonSchema => _texts.JsonSchema;

    public override void Read(IConfigurationSection section, BitcoinPeersSettings settings, List<string> errors)
    {
        var texts = new List<string>();
        _texts.Read(section, texts, errors);
        foreach (var text in texts)
        {
            if (settings.Proxies.TryAdd(text, out var rules, out var error))
                settings.Proxies = rules;
            else
                errors.Add($"{section.Path} has '{text}': {error}.");
        }
    }

    public override string GetText(BitcoinPeersSettings settings) => settings.Proxies == ProxyRules.None ? string.Empty : settings.Proxies.ToString();
}
