using System.Security.Cryptography;
using Connmgr.Bitcoin;

namespace Connmgr.Tool.Tests;

/// <summary>
/// An address book with a key that is the same each time. With a key of chance, two of a few addresses fall upon one place now and then (four of them in one run of
/// 700), and the second is not taken.
/// </summary>
internal static class BookWithKey
{
    private const int KeyAt = 6; // After the magic, the format and the lowest format that can read it.
    private const int KeyLength = 32;
    private const int ChecksumLength = 32;

    /// <summary>Writes the file of an empty one for a data directory.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="chain">The chain.</param>
    public static async Task BeginAsync(string directory, ChainParameters chain)
    {
        var path = ChainDirectory.FromDataDirectory(directory, chain).Peers;
        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await PeersFile.SaveAsync(new AddressBook(), path, chain.Magic, TestContext.Current.CancellationToken);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes.AsSpan(KeyAt, KeyLength).Fill(7);
        SHA256.HashData(SHA256.HashData(bytes.AsSpan(..^ChecksumLength))).CopyTo(bytes.AsSpan(^ChecksumLength..));
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
    }
}
