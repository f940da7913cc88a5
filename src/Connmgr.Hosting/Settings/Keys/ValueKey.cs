using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>A setting that is one value.</summary>
internal sealed class ValueKey<TSettings, TValue>(
    string path, SettingKind<TValue> kind, Func<TSettings, string> textOf, Action<TSettings, TValue> set) : SettingKey<TSettings>(path)
{
    public override string JsonSchema => kind.JsonSchema;

    public override void Read(IConfigurationSection section, TSettings settings, List<string> errors)
    {
        if (section.Value is not { } text)
            errors.Add($"{section.Path} has several values: write one.");
        else
            Take(section.Path, text, settings, errors);
    }

    private void Take(string path, string text, TSettings settings, List<string> errors)
    {
        var read = kind.Read(text);
        if (read.IsRight)
            set(settings, read.Value);
        else
            errors.Add(Fault(path, text, kind.IsSecret, read.Remedy));
    }

    public override string TextOf(TSettings settings) => textOf(settings);
}
