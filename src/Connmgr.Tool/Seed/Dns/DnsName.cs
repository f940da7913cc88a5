using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// Host names as DNS carries them (RFC 1035, 3.1): labels with their lengths, in lower case, without compression. Such a name is a text of
/// bytes here (Latin-1), so any name that a server sends can be compared and kept. Pure.
/// </summary>
internal static class DnsName
{
    /// <summary>The most bytes that a name takes.</summary>
    public const int MaxLength = 255;

    private const int MaxLabelLength = 63;
    private const int PointerBits = 0xc0;

    /// <summary>Brings a host name into this form.</summary>
    /// <param name="host">The name, always absolute, with a dot at its end or not.</param>
    /// <returns>Null when DNS can't carry it.</returns>
    public static string? Of(string host)
    {
        var labels = (host.EndsWith('.') ? host[..^1] : host).Split('.');
        if (!Ascii.IsValid(host) || labels.Any(static label => label.Length is 0 or > MaxLabelLength))
            return null;
        var name = string.Concat(labels.Select(static label => (char)label.Length + label.ToLowerInvariant())) + '\0';
        return name.Length <= MaxLength ? name : null;
    }

    /// <summary>
    /// Reads a name from a message. A compressed one goes on at an earlier place each time, so reading ends whatever the message says.
    /// </summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where it begins; afterwards where the next field does. Unchanged when there is none.</param>
    /// <param name="name">The name.</param>
    /// <returns>False when there is no name.</returns>
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
