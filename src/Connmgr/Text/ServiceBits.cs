using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Connmgr;

/// <summary>The words for service bits on command lines, in configuration and in files of chains. Pure.</summary>
internal static class ServiceBits
{
    /// <summary>The word for no services, which stands alone.</summary>
    public const string None = "none";

    /// <summary>Blocks and witnesses (BIP144), which peers must offer by default as in Bitcoin Core.</summary>
    public const ulong Default = 9;

    private const char Separator = '+';

    /// <summary>The words, in the order in which they are written.</summary>
    public static ImmutableArray<(string Word, ulong Bits)> All { get; } = [("network", 1), ("bloom", 4), ("witness", 8), ("filters", 64), ("limited", 1024), ("v2", 2048)];

    /// <summary>Reads words and bits such as 0x40 with plus signs between them.</summary>
    /// <param name="text">The text, in any case.</param>
    /// <param name="services">All services together; 0 when the text is not valid.</param>
    /// <param name="error">The error and the remedy, without a full stop; null when the text is valid.</param>
    public static bool TryParse(string text, out ulong services, [NotNullWhen(false)] out string? error)
    {
        (services, error) = (0, null);
        if (string.Equals(text, None, StringComparison.OrdinalIgnoreCase))
            return true;
        var all = 0UL;
        foreach (var part in text.Split(Separator))
        {
            if (All.FirstOrDefault(each => string.Equals(each.Word, part, StringComparison.OrdinalIgnoreCase)) is { Word: not null } known)
                all |= known.Bits;
            else if (part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && ulong.TryParse(part.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                all |= bits;
            else
            {
                error = $"'{Excerpt.Create(part)}' is no service: use {string.Join(", ", All.Select(static each => each.Word))} or bits such as 0x40, with + between them";
                return false;
            }
        }

        services = all;
        return true;
    }

    /// <summary>Formats services: words, then bits without a word in one number.</summary>
    public static string Format(ulong services)
    {
        if (services == 0)
            return None;
        var words = All.Where(each => (services & each.Bits) == each.Bits).ToList();
        var rest = services & ~words.Aggregate(0UL, static (all, each) => all | each.Bits);
        return string.Join(Separator, words.Select(static each => each.Word).Concat(rest == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"0x{rest:x}")]));
    }
}
