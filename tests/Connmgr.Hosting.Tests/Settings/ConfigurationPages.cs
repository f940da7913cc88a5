using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Connmgr.Hosting.Tests.Support;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>The JSON schema and the guide's table of settings, made from the settings and their XML documentation.</summary>
internal static class ConfigurationPages
{
    private const string TableBegin = "| Setting | Default | At run time | |\n| --- | --- | --- | --- |\n";

    private static readonly Lazy<Dictionary<string, string>> Summaries = new(static () => new[] { "Connmgr", "Connmgr.Bitcoin", "Connmgr.Hosting" }
        .SelectMany(static assembly => XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")).Descendants("member"))
        .Where(static member => ((string)member.Attribute("name")!).StartsWith("P:", StringComparison.Ordinal) && member.Element("summary") is not null)
        .ToDictionary(static member => (string)member.Attribute("name")!, static member => GetText(member.Element("summary")!), StringComparer.Ordinal));

    /// <summary>Gets the files, each with its required content.</summary>
    public static IEnumerable<(string Path, string Now, string Expected)> All()
    {
        var (schema, guide) = (Path.Combine("src", "Connmgr.Hosting", "ConfigurationSchema.json"), Path.Combine("docs", "guides", "hosting.md"));
        yield return (schema, Read(schema), Schema());
        var text = Read(guide);
        yield return (guide, text, WithTable(text));
    }

    private static string Read(string path) => Path.Combine(Repository.Root, path) is var file && File.Exists(file) ? File.ReadAllText(file) : string.Empty;

    private static string WithTable(string text)
    {
        var begin = text.IndexOf(TableBegin, StringComparison.Ordinal);
        Assert.True(begin >= 0, "The guide has no table of settings.");
        return text[..begin] + Table().TrimEnd() + text[text.IndexOf("\n\n", begin, StringComparison.Ordinal)..];
    }

    private static string Table()
    {
        var table = new StringBuilder(TableBegin);
        var defaults = new BitcoinPeersSettings();
        foreach (var key in SettingKeys.OfPeers)
        {
            var text = key.GetText(defaults) is { Length: > 0 } value ? $"`{value}`" : string.Empty;
            table.Append(CultureInfo.InvariantCulture, $"| `{key.Path}` | {text} | {(key.IsLive ? "yes" : string.Empty)} | {Summary(key.Path)} |\n");
        }

        return table.ToString();
    }

    private static string Schema() => $$"""
        {
          "$schema": "http://json-schema.org/draft-07/schema#",
          "type": "object",
          "properties": {
            "BitcoinPeers": { "$ref": "#/definitions/bitcoinPeers" },
            "ConnectionManager": { "$ref": "#/definitions/connectionManager" }
          },
          "definitions": {
            "bitcoinPeers": {{Definition(SettingKeys.OfPeers, "The peers of a Bitcoin chain.")}},
            "connectionManager": {{Definition(SettingKeys.OfManager, "A connection manager.")}}
          }
        }

        """;

    private static string Definition<T>(IEnumerable<SettingKey<T>> keys, string description)
    {
        var properties = keys.GroupBy(static key => key.Path.Split(':')[0], StringComparer.Ordinal).Select(static group => group.First().Path.Contains(':', StringComparison.Ordinal)
            ? $"        \"{group.Key}\": {Group(group, Summary(group.Key))}"
            : "        " + Property(group.First(), group.Key));
        return $"{{\n      \"type\": \"object\",\n      \"description\": {Quoted(description)},\n      \"additionalProperties\": false,\n      \"properties\": {{\n"
            + string.Join(",\n", properties) + "\n      }\n    }";
    }

    private static string Group<T>(IEnumerable<SettingKey<T>> keys, string description) =>
        $"{{\n          \"type\": \"object\",\n          \"description\": {Quoted(description)},\n          \"additionalProperties\": false,\n          \"properties\": {{\n"
        + string.Join(",\n", keys.Select(static key => "            " + Property(key, key.Path.Split(':')[1]))) + "\n          }\n        }";

    private static string Property<T>(SettingKey<T> key, string name) => $"\"{name}\": {{ {key.JsonSchema}, \"description\": {Quoted(Summary(key.Path))} }}";

    private static string Quoted(string text) => "\"" + JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"";

    private static string Summary(string path)
    {
        var type = typeof(BitcoinPeersSettings);
        var parts = path.Split(':');
        foreach (var part in parts[..^1])
            type = type.GetProperty(part)!.PropertyType;
        return Summaries.Value[$"P:{type.GetProperty(parts[^1])!.DeclaringType!.FullName}.{parts[^1]}"];
    }

    /// <summary>Converts documentation to text on one line, with names instead of references.</summary>
    private static string GetText(XElement summary)
    {
        var text = string.Concat(summary.Nodes().Select(static node => node switch
        {
            XElement { Name.LocalName: "see" } see => ((string)see.Attribute("cref")!).Split('(')[0].Split('.')[^1],
            XElement element => element.Value,
            _ => node.ToString(),
        }));
        return Regex.Replace(text, @"\s+", " ", RegexOptions.None, TimeSpan.FromSeconds(5)).Trim();
    }
}
