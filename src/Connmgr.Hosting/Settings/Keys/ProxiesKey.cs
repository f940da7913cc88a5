using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting;

/// <summary>The proxies: a list, of which each entry adds to the rules that those before it make.</summary>
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

    public override string TextOf(BitcoinPeersSettings settings) => settings.Proxies == ProxyRules.None ? string.Empty : settings.Proxies.ToString();
}
