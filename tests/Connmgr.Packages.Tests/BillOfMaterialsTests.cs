using System.Security.Cryptography;
using System.Text.Json;

namespace Connmgr.Packages.Tests;

/// <summary>The bill of materials (SBOM) in each package.</summary>
public sealed class BillOfMaterialsTests(PackedFolder folder)
{
    public static TheoryData<string> All => PackageTests.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Bill_OfAPackage_NamesWhatItRunsWith(string name)
    {
        using var package = folder.Open(name);
        using var document = JsonDocument.Parse(package.Read("bom.cdx.json"));
        var bill = document.RootElement;

        Assert.Equal(("CycloneDX", "1.6"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        var subject = bill.GetProperty("metadata").GetProperty("component");
        Assert.Equal((name, package["version"]), (subject.GetProperty("name").GetString(), subject.GetProperty("version").GetString()));
        Assert.Equal(name is "Connmgr.Tool" ? "application" : "library", subject.GetProperty("type").GetString());

        var parts = bill.GetProperty("components").EnumerateArray().ToDictionary(
            part => part.GetProperty("name").GetString()!, part => part.GetProperty("version").GetString()!, StringComparer.Ordinal);
        Assert.All(package.Dependencies, dependency => Assert.Contains(dependency.Split(' ')[0], parts.Keys, StringComparer.Ordinal));
        var files = package.Files.Where(file => file.StartsWith("tools/net10.0/any/Connmgr", StringComparison.Ordinal) && file.EndsWith(".dll", StringComparison.Ordinal));
        Assert.All(files.Select(file => Path.GetFileNameWithoutExtension(file)), file => Assert.True(file.Equals(name, StringComparison.Ordinal) || parts.ContainsKey(file), $"{file} is not in the bill."));
        Assert.DoesNotContain(parts.Keys, part => part.Contains("Analyzer", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bill_OfEachPart_HasItsLicenceAndItsHash(string name)
    {
        using var package = folder.Open(name);
        using var document = JsonDocument.Parse(package.Read("bom.cdx.json"));

        Assert.All(document.RootElement.GetProperty("components").EnumerateArray(), part =>
        {
            var id = part.GetProperty("name").GetString()!;
            Assert.Equal($"pkg:nuget/{id}@{part.GetProperty("version").GetString()}", part.GetProperty("purl").GetString());
            Assert.NotEmpty(part.GetProperty("licenses")[0].GetProperty("expression").GetString()!);
            if (!PackedFolder.Names.Contains(id, StringComparer.Ordinal))
                Assert.Equal(SHA512.HashSizeInBytes, Convert.FromHexString(part.GetProperty("hashes")[0].GetProperty("content").GetString()!).Length);
        });
    }
}
