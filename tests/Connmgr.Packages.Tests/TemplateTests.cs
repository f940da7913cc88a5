using System.Text.Json;
using System.Xml.Linq;

namespace Connmgr.Packages.Tests;

/// <summary>The versions that new projects get. eng/template-test.sh makes, builds and runs such projects.</summary>
public sealed class TemplateTests
{
    private const string Placeholder = "CONNMGR_VERSION";

    private static string Content => Path.Combine(PackedFolder.Root, "templates", "content");

    public static TheoryData<string> All => [.. Directory.GetDirectories(Content).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void Template_Versions_AreThoseOfTheRepository(string name)
    {
        var pinned = XDocument.Load(Path.Combine(PackedFolder.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Where(version => version.Attribute("Include") is not null)
            .ToDictionary(version => (string)version.Attribute("Include")!, version => (string)version.Attribute("Version")!, StringComparer.Ordinal);
        var references = XDocument.Load(Path.Combine(Content, name, "MyPeers.csproj")).Descendants("PackageReference").ToList();
        Assert.Contains(references, static reference => ((string)reference.Attribute("Include")!).StartsWith("Connmgr.", StringComparison.Ordinal));
        Assert.All(references, reference =>
        {
            var package = (string)reference.Attribute("Include")!;
            Assert.Equal(package.StartsWith("Connmgr.", StringComparison.Ordinal) ? Placeholder : pinned[package], (string?)reference.Attribute("Version"));
        });

        using var template = JsonDocument.Parse(File.ReadAllText(Path.Combine(Content, name, ".template.config", "template.json")));
        var version = template.RootElement.GetProperty("symbols").GetProperty("connmgrVersion");
        Assert.Equal(Placeholder, version.GetProperty("replaces").GetString());
        Assert.Equal(
            PackageTests.Version,
            version.GetProperty("parameters").GetProperty("value").GetString());
        Assert.Equal($"connmgr-{name}", template.RootElement.GetProperty("shortName").GetString());
    }
}
