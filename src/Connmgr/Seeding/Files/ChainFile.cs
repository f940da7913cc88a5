using System.Text;

namespace Connmgr;

/// <summary>
/// Reads the parameters of a chain from a file, for chains that <see cref="ChainParameters"/> does not have: another coin with Bitcoin's
/// wire, or a custom signet. The file is TOML without tables. Its keys are <c>name</c>, <c>title</c>, <c>magic</c>, <c>port</c>,
/// <c>dns-seeds</c>, <c>min-protocol-version</c>, <c>required-services</c>, <c>max-payload</c> and <c>signet-challenge</c>.
/// </summary>
/// <example>
/// <code>
/// name = "litecoin"
/// magic = "fbc0b6db"
/// port = 9333
/// dns-seeds = ["seed-a.litecoin.loshan.co.uk", "dnsseed.thrasher.io"]
/// </code>
/// </example>
public static class ChainFile
{
    /// <summary>The most bytes of a file: 65,536.</summary>
    public const int MaxLength = 65_536;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, a regular one of at most <see cref="MaxLength"/> bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="ChainFileException">The content is not valid.</exception>
    /// <exception cref="IOException">The file can't be read, or is too long.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<ChainParameters> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ToText(await NamedFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false)), path);
    }

    /// <summary>Reads a file at once, for the start of a program. Otherwise as <see cref="LoadAsync"/>.</summary>
    /// <param name="path">The file, a regular one of at most <see cref="MaxLength"/> bytes of UTF-8.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="ChainFileException">The content is not valid.</exception>
    /// <exception cref="IOException">The file can't be read, or is too long.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static ChainParameters Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ToText(NamedFile.Read(Path.GetFullPath(path), MaxLength)), path);
    }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">The name of the file, which begins each error.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="ChainFileException">The text is not valid.</exception>
    public static ChainParameters Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return new ChainFileRules(source).Read(FlatToml.Parse(text));
    }

    private static string ToText(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        return Encoding.UTF8.GetString(span.StartsWith(Encoding.UTF8.Preamble) ? span[Encoding.UTF8.Preamble.Length..] : span);
    }
}
