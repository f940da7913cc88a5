using System.Text.Json;
using System.Xml.Linq;

namespace Connmgr.Packages.Tests;

/// <summary>The metadata and the content of the packages.</summary>
public class PackageTests(PackedFolder packages)
{
    private const string Tool = "Connmgr.Tool";

    /// <summary>The version of the repository.</summary>
    internal static string Version { get; } = string.Join('-', XDocument.Load(Path.Combine(PackedFolder.Root, "Directory.Build.props"))
        .Descendants().Where(element => element.Name.LocalName is "VersionPrefix" or "VersionSuffix").Select(element => element.Value));

    public static TheoryData<string> All => [.. PackedFolder.Names];

    public static TheoryData<string> Libraries => [.. PackedFolder.Names.Where(name => name is not Tool)];

    [Fact]
    public void Packages_AreThoseOfTheHouse() =>
        Assert.Empty(new[] { "Connmgr", "Connmgr.Bitcoin", "Connmgr.Fleet", "Connmgr.Fleet.Hosting", "Connmgr.Hosting", "Connmgr.NBitcoin", "Connmgr.Testing", Tool }.Except(PackedFolder.Names, StringComparer.Ordinal));

    [Fact]
    public void UserAgent_HasTheVersion() => Assert.Equal(Bitcoin.BitcoinPeerOptions.DefaultUserAgent, $"/Connmgr:{Version.Split('-')[0]}/");

    [Theory]
    [MemberData(nameof(All))]
    public void Manifest_SaysWhatAListingShows(string name)
    {
        using var package = packages.Open(name);

        Assert.Equal(name, package["id"]);
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$", package["version"]);
        Assert.False(string.IsNullOrEmpty(package["authors"]));
        Assert.True(package["description"] is { Length: > 20 }, $"The description of {name} is '{package["description"]}': write a sentence.");
        Assert.Contains("bitcoin", package["tags"]!.Split(' '), StringComparer.Ordinal);
        Assert.Equal(Version, package["version"]);
        Assert.True(package["releaseNotes"] is { Length: > 200 } notes && notes.Contains(Version, StringComparison.Ordinal), $"The release notes do not name {Version}.");
        Assert.False(string.IsNullOrEmpty(package["copyright"]));
        Assert.Equal("MIT", package["license"]);
        Assert.Equal("expression", (string?)package.Element("license")!.Attribute("type"));
        Assert.Equal("README.md", package["readme"]);
        Assert.Equal("icon.png", package["icon"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ReadmeAndIcon_AreThePackagesOwn(string name)
    {
        using var package = packages.Open(name);

        var readme = package.ReadText("README.md");
        Assert.StartsWith(File.ReadLines(Path.Combine(PackedFolder.Root, "src", name, "README.md")).First(), readme, StringComparison.Ordinal);
        Assert.NotEqual(File.ReadAllText(Path.Combine(PackedFolder.Root, "README.md")), readme, StringComparer.Ordinal);
        byte[] png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
        Assert.Equal(png, package.Read("icon.png")[..png.Length]);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void LibraryFiles_AreNoMoreThanNeeded(string name)
    {
        using var package = packages.Open(name);

        string[] schema = name is "Connmgr.Hosting" ? ["ConfigurationSchema.json", "buildTransitive/Connmgr.Hosting.targets"] : [];
        string[] files = ["LICENSE", "README.md", "bom.cdx.json", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", .. schema];
        Assert.Equal(files.Order(StringComparer.Ordinal), package.Files, StringComparer.Ordinal);
    }

    /// <summary>Analyzers, the packages of tests, and versions that float must not reach who installs this.</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void LibraryDependencies_AreThoseOfTheHouse(string name)
    {
        using var package = packages.Open(name);
        var own = $" [{package["version"]}]"; // Exactly: the libraries see each other's internals.
        const string curve = "Secp256k1.Net 2.0.0"; // Pinned, too.
        const string logging = "Microsoft.Extensions.Logging.Abstractions 10.0.0"; // Pinned for all, so each names it.
        const string newer = "Microsoft.Extensions.Logging.Abstractions 10.0.13"; // StackExchange.Redis asks for it.
        const string redis = "StackExchange.Redis 3.4.35";
        string[]? expected = name switch
        {
            "Connmgr" => [logging],
            "Connmgr.Bitcoin" => [$"Connmgr{own}", logging, curve],
            "Connmgr.Fleet" => [$"Connmgr.Bitcoin{own}", newer, curve, redis],
            "Connmgr.NBitcoin" => [$"Connmgr.Bitcoin{own}", logging, "NBitcoin 10.0.20", curve],
            "Connmgr.Testing" => [$"Connmgr.Bitcoin{own}", logging, curve],
            _ => null,
        };

        if (expected is not null)
            Assert.Equal(expected, package.Dependencies);
        else
            Assert.All(package.Dependencies, IsOfThePlatform);

        void IsOfThePlatform(string dependency) => Assert.True(
            dependency is curve || dependency.EndsWith(own, StringComparison.Ordinal) && dependency.StartsWith("Connmgr", StringComparison.Ordinal)
                || dependency.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && dependency.EndsWith(" 10.0.0", StringComparison.Ordinal)
                || (name is "Connmgr.Fleet.Hosting" && dependency is newer)
                || (name is "Connmgr.Fleet.Hosting" && dependency is redis),
            $"{name} depends on {dependency}.");
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void LibraryDocumentation_HasEveryPublicType(string name)
    {
        using var package = packages.Open(name);
        var documented = XDocument.Parse(package.ReadText($"lib/net10.0/{name}.xml")).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .Select(member => (string?)member.Attribute("name"))
            .ToHashSet(StringComparer.Ordinal);

        using var assembly = new CompiledAssembly(package.Read($"lib/net10.0/{name}.dll"));
        var types = assembly.PublicTypes();

        Assert.NotEmpty(types);
        Assert.Empty(types.Select(type => $"T:{type}").Except(documented, StringComparer.Ordinal));
    }

    [Fact]
    public void Tool_IsACommandWithAllThatItNeeds()
    {
        using var package = packages.Open(Tool);

        Assert.Empty(package.Dependencies);
        Assert.Contains("DotnetTool", package.Element("packageTypes")!.ToString(), StringComparison.Ordinal);
        var settings = XDocument.Parse(package.ReadText("tools/net10.0/any/DotnetToolSettings.xml"));
        var command = Assert.Single(settings.Descendants("Command"));
        Assert.Equal("connmgr", (string?)command.Attribute("Name"));
        Assert.Contains($"tools/net10.0/any/{(string?)command.Attribute("EntryPoint")}", package.Files, StringComparer.Ordinal);
        Assert.DoesNotContain(package.Files, file => file.EndsWith(".xml", StringComparison.Ordinal) && !file.EndsWith("/DotnetToolSettings.xml", StringComparison.Ordinal));
        foreach (var folder in new[] { "man", "completions" })
        {
            var files = Directory.GetFiles(Path.Combine(PackedFolder.Root, "packaging", folder)).Select(file => $"{folder}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal);
            Assert.Equal(files, package.Files.Where(file => file.StartsWith($"{folder}/", StringComparison.Ordinal)), StringComparer.Ordinal);
        }

        using var runtime = JsonDocument.Parse(package.Read("tools/net10.0/any/Connmgr.Tool.runtimeconfig.json"));
        Assert.Equal("Major", runtime.RootElement.GetProperty("runtimeOptions").GetProperty("rollForward").GetString());
        Assert.All(["Connmgr.dll", "Connmgr.Bitcoin.dll", "Connmgr.Testing.dll"], file => Assert.Contains($"tools/net10.0/any/{file}", package.Files, StringComparer.Ordinal));
    }
}
