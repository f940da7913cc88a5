using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// What allows changes: 192 random bits, anew for each run. In a data directory it is written to a file that its owner alone can read.
/// Immutable.
/// </summary>
internal sealed class DashboardToken
{
    public const string FileName = "dashboard.token";

    private const int Length = 24;

    private readonly byte[] _hash;

    private DashboardToken(string text) => (Text, _hash) = (text, Hash(text));

    /// <summary>The token: letters, digits, '-' and '_', so it can stand in a header and in the fragment of a URL.</summary>
    public string Text { get; }

    /// <summary>Draws one.</summary>
    public static DashboardToken New() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length)));

    /// <summary>Whether a text is the token. Takes as long whatever is the same in them.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(Hash(text), _hash);

    /// <summary>Writes it into a directory.</summary>
    /// <returns>The path of the file.</returns>
    /// <exception cref="IOException">It can't be written.</exception>
    public async Task<string> WriteAsync(DataDirectory directory)
    {
        var path = PathIn(directory);
        File.Delete(path); // One that is left may have another mode.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        await using (file.ConfigureAwait(false))
            await file.WriteAsync(Encoding.ASCII.GetBytes(Text + "\n")).ConfigureAwait(false);
        return path;
    }

    /// <summary>Removes what <see cref="WriteAsync"/> wrote, if that can be done: a token is of no use once its run has ended.</summary>
    public static void Remove(DataDirectory directory) => directory.Remove(FileName);

    private static string PathIn(DataDirectory directory) => Path.Combine(directory.Path, FileName);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
