namespace Connmgr;

/// <summary>IPv4 as four decimal numbers. Stricter than the system's parser, which also accepts 010.1 and 0x7f000001.</summary>
internal static class IPv4Text
{
    public static bool TryParse(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        for (var i = 0; i < 4; i++)
        {
            if (i > 0)
            {
                if (text.IsEmpty || text[0] != '.')
                    return false;
                text = text[1..];
            }

            var digits = 0;
            var octet = 0;
            for (; digits < 3 && digits < text.Length && char.IsAsciiDigit(text[digits]); digits++)
                octet = (octet * 10) + (text[digits] - '0');
            if (digits == 0 || octet > 255 || (digits > 1 && text[0] == '0'))
                return false;
            address = (address << 8) | (uint)octet;
            text = text[digits..];
        }

        return text.IsEmpty;
    }

    public static int Format(uint address, Span<char> text)
    {
        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            if (length > 0)
                text[length++] = '.';
            ((byte)(address >> shift)).TryFormat(text[length..], out var written);
            length += written;
        }

        return length;
    }
}
