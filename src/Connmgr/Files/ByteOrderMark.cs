using System.Text;

namespace Connmgr;

/// <summary>The mark at the beginning of a text that says how it is encoded.</summary>
internal static class ByteOrderMark
{
    private static readonly Encoding[] Others = [Encoding.UTF32, Encoding.Unicode, Encoding.BigEndianUnicode]; // The first begins as the second.

    /// <summary>Gets a text in UTF-8, without a mark.</summary>
    /// <param name="text">The text, in UTF-8 or in what its mark says.</param>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> text)
    {
        if (text.Span.StartsWith(Encoding.UTF8.Preamble))
            return text[Encoding.UTF8.Preamble.Length..];
        foreach (var other in Others)
        {
            if (text.Span.StartsWith(other.Preamble))
                return Encoding.Convert(other, Encoding.UTF8, text[other.Preamble.Length..].ToArray());
        }

        return text;
    }
}
