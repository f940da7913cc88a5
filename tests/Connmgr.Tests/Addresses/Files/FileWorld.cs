using System.Collections.Immutable;

namespace Connmgr.Tests.Addresses;

/// <summary>A folder of its own for a test, and files of books in memory.</summary>
internal sealed class FileWorld : IDisposable
{
    public const int FormatOffset = 4;
    public const int CompatibilityOffset = 5;
    public const int KeyOffset = 6;
    public const int NewCountOffset = 38;
    public const int TriedCountOffset = 42;
    public const int BucketsOffset = 46;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-book-");

    public static ImmutableArray<byte> Magic => ChainParameters.Regtest.Magic;

    public string Peers => Path.Combine(_folder.FullName, PeersFile.FileName);

    public string Anchors => Path.Combine(_folder.FullName, AnchorsFile.FileName);

    public string[] Names => [.. _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public static byte[] Write(AddressBook book) => PeersFormat.Write(book.Capture(), Magic.AsSpan()).ToArray();

    public static AddressBook Read(byte[] bytes, AddressBookOptions? options = null) =>
        PeersFile.Read("peers.dat", bytes, Magic.AsSpan(), options ?? new AddressBookOptions());

    /// <summary>Changes a file and makes its checksum right again.</summary>
    public static byte[] Change(byte[] file, Action<byte[]> change)
    {
        var copy = file.ToArray();
        change(copy);
        return Seal(copy.AsSpan(0, copy.Length - 32));
    }

    public static byte[] Seal(ReadOnlySpan<byte> bytes) => [.. bytes, .. BookWorld.HashTwice(bytes.ToArray())];

    public void Dispose() => _folder.Delete(recursive: true);
}
