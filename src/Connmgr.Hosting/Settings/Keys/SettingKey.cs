using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>A setting: where it stands in configuration, how it is read into settings, and whether it may change at run time. Immutable.</summary>
/// <typeparam name="TSettings">What it is a setting of.</typeparam>
internal abstract class SettingKey<TSettings>(string path)
{
    /// <summary>Its place below the section, with colons.</summary>
    public string Path { get; } = path;

    /// <summary>Whether a change takes effect while it runs.</summary>
    public bool IsLive { get; private set; }

    /// <summary>What a JSON schema says of it, without the braces.</summary>
    public abstract string JsonSchema { get; }

    /// <summary>Reads what configuration says into settings.</summary>
    /// <param name="section">The configuration at its place, which is not empty.</param>
    /// <param name="settings">The settings to change.</param>
    /// <param name="errors">Gets what is wrong, a sentence each.</param>
    public abstract void Read(IConfigurationSection section, TSettings settings, List<string> errors);

    /// <summary>The setting as text, to compare it with another and to show its default.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The text; empty when it is not set.</returns>
    public abstract string TextOf(TSettings settings);

    /// <summary>The same setting, of which changes take effect while it runs.</summary>
    public SettingKey<TSettings> Live()
    {
        var live = (SettingKey<TSettings>)MemberwiseClone();
        live.IsLive = true;
        return live;
    }

    /// <summary>The sentence about a text that can't be read.</summary>
    private protected static string Fault(string path, string text, bool isSecret, string remedy) =>
        isSecret ? $"{path} can't be used: {remedy}." : $"{path} is '{text}': {remedy}.";
}
