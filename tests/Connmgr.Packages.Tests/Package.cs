using System.IO.Compression;
using System.Xml.Linq;

namespace Connmgr.Packages.Tests;

/// <summary>A package file, opened.</summary>
internal sealed class Package : IDisposable
{
    private readonly ZipArchive _zip;

    public Package(string path)
    {
        _zip = ZipFile.OpenRead(path);
        var document = XDocument.Parse(ReadText(_zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).FullName));
        Metadata = document.Root!.Elements().Single(element => element.Name.LocalName is "metadata");
    }

    /// <summary>The element metadata of the manifest.</summary>
    public XElement Metadata { get; }

    /// <summary>The files in it, but for those that belong to the format.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. _zip.Entries.Select(entry => entry.FullName)
            .Where(name => name is not ("[Content_Types].xml" or "_rels/.rels")
                && !name.StartsWith("package/", StringComparison.Ordinal)
                && !name.EndsWith(".nuspec", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of an element of the manifest; null when it has none.</summary>
    public string? this[string name] => Element(name)?.Value;

    /// <summary>The ids of the packages that it depends on, with their versions.</summary>
    public IReadOnlyList<string> Dependencies =>
    [
        .. Metadata.Descendants().Where(element => element.Name.LocalName is "dependency")
            .Select(element => $"{(string?)element.Attribute("id")} {(string?)element.Attribute("version")}")
            .Order(StringComparer.Ordinal),
    ];

    public XElement? Element(string name) => Metadata.Elements().SingleOrDefault(element => element.Name.LocalName.Equals(name, StringComparison.Ordinal));

    public byte[] Read(string file)
    {
        using var stream = (_zip.GetEntry(file) ?? throw new FileNotFoundException($"The package has no {file}.")).Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public string ReadText(string file) => System.Text.Encoding.UTF8.GetString(Read(file)).TrimStart('\uFEFF');

    public void Dispose() => _zip.Dispose();
}
