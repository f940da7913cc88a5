using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Connmgr.Packages.Tests;

/// <summary>A compiled assembly, read without being loaded.</summary>
internal sealed class CompiledAssembly(byte[] image) : IDisposable
{
    private readonly PEReader _reader = new(ImmutableArray.Create(image));

    /// <summary>Gets the full names of the public types, except nested ones.</summary>
    public IReadOnlyList<string> PublicTypes()
    {
        var metadata = _reader.GetMetadataReader();
        return
        [
            .. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition)
                .Where(type => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public)
                .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}"),
        ];
    }

    /// <summary>Gets the id that links the assembly to its symbols.</summary>
    public BlobContentId SymbolsId()
    {
        var entry = _reader.ReadDebugDirectory().First(entry => entry is { Type: DebugDirectoryEntryType.CodeView, IsPortableCodeView: true });
        return new BlobContentId(_reader.ReadCodeViewDebugDirectoryData(entry).Guid, entry.Stamp);
    }

    /// <summary>True when the build was deterministic.</summary>
    public bool IsDeterministic => _reader.ReadDebugDirectory().Any(entry => entry.Type == DebugDirectoryEntryType.Reproducible);

    public void Dispose() => _reader.Dispose();
}
