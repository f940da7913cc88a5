using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Connmgr.Packages.Tests;

/// <summary>The symbols for debuggers.</summary>
public class SymbolTests(PackedFolder folder)
{
    /// <summary>Of the format of portable symbols: the source of a document within the symbols.</summary>
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static TheoryData<string> Libraries => PackageTests.Libraries;

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Symbols_BelongToTheAssembly(string name)
    {
        using var package = folder.Open(name);
        using var symbols = folder.Open(name, "snupkg");
        using var assembly = new CompiledAssembly(package.Read($"lib/net10.0/{name}.dll"));
        using var provider = Pdb(symbols, name);

        Assert.Equal(assembly.SymbolsId(), new BlobContentId(provider.GetMetadataReader().DebugMetadataHeader!.Id));
        Assert.True(assembly.IsDeterministic);
        Assert.Equal([$"lib/net10.0/{name}.pdb"], symbols.Files);
    }

    /// <summary>Checks that generated code, which is in no repository, is in the symbols, where debuggers find it.</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void Symbols_HaveGeneratedSourcesInThem(string name)
    {
        using var symbols = folder.Open(name, "snupkg");
        using var provider = Pdb(symbols, name);
        var reader = provider.GetMetadataReader();

        var generated = reader.Documents
            .Where(document => reader.GetString(reader.GetDocument(document).Name) is var path
                && (path.Contains("/obj/", StringComparison.Ordinal) || path.EndsWith(".g.cs", StringComparison.Ordinal)))
            .ToArray();

        Assert.NotEmpty(generated);
        Assert.All(generated, document => Assert.Contains(
            reader.GetCustomDebugInformation(document).Select(reader.GetCustomDebugInformation),
            information => reader.GetGuid(information.Kind) == EmbeddedSource));
    }

    [Fact]
    public void Tool_HasItsSymbolsInIt() => Assert.False(folder.HasSymbols("Connmgr.Tool"), "The tool's symbols are in the program, so that stack traces name lines.");

    private static MetadataReaderProvider Pdb(Package symbols, string name) =>
        MetadataReaderProvider.FromPortablePdbImage(ImmutableArray.Create(symbols.Read($"lib/net10.0/{name}.pdb")));
}
