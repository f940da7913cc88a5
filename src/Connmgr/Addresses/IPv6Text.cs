namespace Connmgr;

/// <summary>IPv6 parsed by RFC 4291 and formatted by RFC 5952, without brackets and scope.</summary>
internal static class IPv6Text
{
    private const int GroupCount = 8;

    public static bool TryParse(ReadOnlySpan<char> text, out ulong first, out ulong second)
    {
        first = second = 0;
        Span<ushort> groups = stackalloc ushort[GroupCount];
        var count = 0;
        var gap = -1;
        if (text.StartsWith("::", StringComparison.Ordinal))
        {
            gap = 0;
            text = text[2..];
        }
        else if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = ReadGroup(text, out var group);
            if (count == GroupCount || digits == 0)
                return false;
            if (digits < text.Length && text[digits] == '.')
            {
                if (count > GroupCount - 2 || !IPv4Text.TryParse(text, out var ipv4))
                    return false;
                groups[count++] = (ushort)(ipv4 >> 16);
                groups[count++] = (ushort)ipv4;
                break;
            }

            groups[count++] = group;
            text = text[digits..];
            if (text.IsEmpty)
                break;
            if (text[0] != ':' || text.Length == 1)
                return false;
            text = text[1..];
            if (text[0] != ':')
                continue;
            if (gap >= 0)
                return false;
            gap = count;
            text = text[1..];
        }

        // A gap stands for at least one group of zeros.
        if (gap < 0 ? count != GroupCount : count == GroupCount)
            return false;
        if (gap >= 0)
            Open(groups, gap, count);
        first = Join(groups[..4]);
        second = Join(groups[4..]);
        return true;
    }

    public static int Format(ulong first, ulong second, Span<char> text)
    {
        Span<ushort> groups = stackalloc ushort[GroupCount];
        for (var i = 0; i < 4; i++)
        {
            groups[i] = (ushort)(first >> (48 - (16 * i)));
            groups[i + 4] = (ushort)(second >> (48 - (16 * i)));
        }

        var (gap, gapLength) = FindLongestZeros(groups);
        var length = 0;
        for (var i = 0; i < GroupCount; i++)
        {
            if (gapLength > 0 && i == gap)
            {
                "::".CopyTo(text[length..]);
                length += 2;
                i += gapLength - 1;
                continue;
            }

            if (length > 0 && text[length - 1] != ':')
                text[length++] = ':';
            groups[i].TryFormat(text[length..], out var written, "x");
            length += written;
        }

        return length;
    }

    private static int ReadGroup(ReadOnlySpan<char> text, out ushort group)
    {
        var value = 0;
        var digits = 0;
        for (; digits < 4 && digits < text.Length && char.IsAsciiHexDigit(text[digits]); digits++)
            value = (value << 4) | HexValue(text[digits]);
        group = (ushort)value;
        return digits;
    }

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    /// <summary>Moves the groups after the gap to the end.</summary>
    private static void Open(Span<ushort> groups, int gap, int count)
    {
        var after = groups[gap..count];
        after.CopyTo(groups[^after.Length..]);
        groups[gap..^after.Length].Clear();
    }

    private static ulong Join(ReadOnlySpan<ushort> groups) =>
        ((ulong)groups[0] << 48) | ((ulong)groups[1] << 32) | ((ulong)groups[2] << 16) | groups[3];

    /// <summary>Finds the first of the longest runs of zeros; RFC 5952 does not shorten a single one.</summary>
    private static (int Start, int Length) FindLongestZeros(ReadOnlySpan<ushort> groups)
    {
        var best = (Start: 0, Length: 1);
        var run = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            run = groups[i] == 0 ? run + 1 : 0;
            if (run > best.Length)
                best = (i - run + 1, run);
        }

        return best.Length > 1 ? best : default;
    }
}
