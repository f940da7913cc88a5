using System.Runtime.InteropServices;
using System.Text;

namespace Connmgr.Tool;

/// <summary>A text file of a user, such as a list or a configuration. It is in UTF-8, or in the encoding of its byte order mark.</summary>
internal sealed class TextFile
{
    private readonly ReadOnlyMemory<byte> _bytes;

    private TextFile(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The bytes in UTF-8, without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Utf8 => _bytes;

    /// <summary>True when the bytes are not text, because they contain a zero byte.</summary>
    public bool IsBinary => _bytes.Span.Contains((byte)0);

    /// <summary>Reads a regular file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximum">The most bytes of the file.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="IOException">The file can't be read, or has more bytes.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<TextFile> ReadAsync(string path, int maximum, CancellationToken cancellationToken) =>
        From(await NamedFile.ReadAsync(path, maximum, cancellationToken).ConfigureAwait(false));

    /// <summary>Creates a text file from its bytes.</summary>
    public static TextFile From(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.StartsWith(Encoding.UTF8.Preamble))
            return new(bytes[Encoding.UTF8.Preamble.Length..]);
        foreach (var other in (ReadOnlySpan<Encoding>)[Encoding.UTF32, Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            if (span.StartsWith(other.Preamble))
                return new(Encoding.Convert(other, Encoding.UTF8, bytes[other.Preamble.Length..].ToArray()));
        }

        return new(bytes);
    }

    /// <summary>Gets the text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_bytes.Span);

    /// <summary>Gets the lines with content, without their comments, which begin with '#'.</summary>
    /// <param name="remarks">The characters that begin a comment.</param>
    /// <returns>The lines, read as they are requested.</returns>
    public IEnumerable<TextLine> Lines(string remarks = "#")
    {
        var (rest, number) = (_bytes, 0);
        while (!rest.IsEmpty)
        {
            number++;
            var end = rest.Span.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? rest : rest[..end];
            var next = end < 0 ? rest.Length : end + (rest.Span[end..].StartsWith("\r\n"u8) ? 2 : 1);
            rest = rest[next..];
            if (Meaning(line.Span, remarks) is { Length: > 0 } text)
                yield return new TextLine(number, text);
        }
    }

    private static string Meaning(ReadOnlySpan<byte> line, string remarks)
    {
        foreach (var remark in remarks)
        {
            var begin = line.IndexOf((byte)remark);
            line = begin < 0 ? line : line[..begin];
        }

        return Encoding.UTF8.GetString(line).Trim();
    }
}

/// <summary>A line with content.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">Its text, without the comment and the spaces around it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextLine(int Number, string Text);
