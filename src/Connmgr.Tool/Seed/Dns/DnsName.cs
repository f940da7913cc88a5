using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// Host names in the form of DNS (RFC 1035, 3.1): labels with their lengths, in lower case, without compression. Such a name is a string of
/// bytes (Latin-1), so that any name of a server can be compared and kept. Pure.
/// </summary>
internal static class DnsName
{
    /// <summary>The most bytes of a name.</summary>
    public const int MaxLength = 255;

    private const int MaxLabelLength = 63;
    private const int PointerBits = 0xc0;

    /// <summary>Converts a host name to this form.</summary>
    /// <param name="host">The name. It is always absolute, with or without a trailing dot.</param>
    /// <returns>The name; null when DNS can't represent it.</returns>
    public static string? FromHost(string host)
    {
        var labels = (host.EndsWith('.') ? host[..^1] : host).Split('.');
        if (!Ascii.IsValid(host) || labels.Any(static label => label.Length is 0 or > MaxLabelLength))
            return null;
        var name = string.Concat(labels.Select(static label => (char)label.Length + label.ToLowerInvariant())) + '\0';
        return name.Length <= MaxLength ? name : null;
    }

    /// <summary>Reads a name from a message. Each compression pointer leads to an earlier offset, so reading always ends.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">The offset of the name, and afterwards of the next field. Unchanged when there is no name.</param>
    /// <param name="name">The name.</param>
    /// <returns>False when there is no valid name.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, out string name)
    {
        name = string.Empty;
        Span<char> letters = stackalloc char[MaxLength];
        var (at, length, next, before) = (offset, 0, -1, offset);
        while (at < message.Length)
        {
            var size = message[at];
            if (size == 0)
            {
                if (length == MaxLength)
                    return false;
                letters[length++] = '\0';
                offset = next < 0 ? at + 1 : next;
                name = new string(letters[..length]);
                return true;
            }

            if ((size & PointerBits) == PointerBits)
            {
                if (at + 1 >= message.Length)
                    return false;
                var target = ((size & ~PointerBits) << 8) | message[at + 1];
                if (target >= before)
                    return false;
                if (next < 0)
                    next = at + 2;
                at = before = target;
                continue;
            }

            if (size > MaxLabelLength || at + 1 + size > message.Length || length + 1 + size > MaxLength)
                return false;
            letters[length++] = (char)size;
            foreach (var letter in message.Slice(at + 1, size))
                letters[length++] = letter is >= (byte)'A' and <= (byte)'Z' ? (char)(letter | 0x20) : (char)letter;
            at += 1 + size;
        }

        return false;
    }
}
