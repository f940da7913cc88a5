using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>A setting that is a list: an array in configuration, or one text with commas, as environment variables like it.</summary>
internal sealed class ListKey<TSettings, TValue>(
    string path, SettingKind<TValue> kind, Func<TSettings, IEnumerable<TValue>> get, Action<TSettings, List<TValue>> add) : SettingKey<TSettings>(path)
{
    public override string JsonSchema => $"\"type\": [\"array\", \"string\"], \"items\": {{ {kind.JsonSchema} }}";

    public override void Read(IConfigurationSection section, TSettings settings, List<string> errors)
    {
        var values = new List<TValue>();
        foreach (var (path, text) in Texts(section))
        {
            if (text is null)
            {
                errors.Add($"{path} has settings of its own: write one text.");
                continue;
            }

            var read = kind.Read(text);
            if (read.IsRight)
                values.Add(read.Value);
            else
                errors.Add(Fault(path, text, kind.IsSecret, read.Remedy));
        }

        add(settings, values);
    }

    public override string TextOf(TSettings settings) => string.Join(", ", get(settings).Select(kind.Write));

    private IEnumerable<(string Path, string? Text)> Texts(IConfigurationSection section) => section.Value is { Length: > 0 } text
        ? Items(text).Select(each => (section.Path, (string?)each))
        : section.GetChildren().Select(static child => (child.Path, child.Value));

    private string[] Items(string text) =>
        kind.HasCommas ? [text] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
