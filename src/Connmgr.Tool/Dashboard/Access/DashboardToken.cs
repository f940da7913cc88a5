using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The token that allows changes: 192 random bits, new for each run. In a data directory it is written to a file that only its owner can
/// read. Immutable.
/// </summary>
internal sealed class DashboardToken
{
    public const string FileName = "dashboard.token";

    private const int Length = 24;

    private readonly byte[] _hash;

    private DashboardToken(string text) => (Text, _hash) = (text, Hash(text));

    /// <summary>The text of the token: letters, digits, '-' and '_', so it can be part of a header or of the fragment of a URL.</summary>
    public string Text { get; }

    /// <summary>Creates a random token.</summary>
    public static DashboardToken Create() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length)));

    /// <summary>Determines whether a text is the token, in constant time.</summary>
    public bool Matches(string text) => CryptographicOperations.FixedTimeEquals(Hash(text), _hash);

    /// <summary>Writes the token to a directory.</summary>
    /// <returns>The path of the file.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    public async Task<string> WriteAsync(DataDirectory directory)
    {
        var path = PathIn(directory);
        File.Delete(path); // A file that is left may have another mode.
        var file = new FileStream(path, OwnerOnlyFile.CreateOptions(FileMode.CreateNew, FileAccess.Write));
        await using (file.ConfigureAwait(false))
            await file.WriteAsync(Encoding.ASCII.GetBytes(Text + "\n")).ConfigureAwait(false);
        return path;
    }

    /// <summary>Removes the file of <see cref="WriteAsync"/> if possible. A token is of no use once its run has ended.</summary>
    public static void Remove(DataDirectory directory) => directory.Remove(FileName);

    private static string PathIn(DataDirectory directory) => Path.Combine(directory.Path, FileName);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
