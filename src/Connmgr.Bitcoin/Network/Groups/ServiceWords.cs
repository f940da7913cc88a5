using System.Collections.Immutable;
using System.Globalization;

namespace Connmgr.Bitcoin;

/// <summary>The words for services on command lines and in configuration. Pure.</summary>
internal static class ServiceWords
{
    private const char Separator = '+';

    /// <summary>The words, in the order in which they are written.</summary>
    public static ImmutableArray<(string Word, NodeServices Services)> All { get; } =
    [
        ("network", NodeServices.Network),
        ("bloom", NodeServices.Bloom),
        ("witness", NodeServices.Witness),
        ("filters", NodeServices.CompactFilters),
        ("limited", NodeServices.NetworkLimited),
        ("v2", NodeServices.P2PV2),
    ];

    /// <summary>Reads words and numbers in hexadecimal, such as 0x40, with plus signs between them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="services">All services together.</param>
    /// <param name="error">The error and the remedy, without a full stop; null for none.</param>
    /// <returns>True when the text is valid.</returns>
    public static bool TryParse(string text, out NodeServices services, out string? error)
    {
        services = NodeServices.None;
        foreach (var part in text.Split(Separator))
        {
            var index = -1;
            for (var i = 0; i < All.Length && index < 0; i++)
                index = string.Equals(All[i].Word, part, StringComparison.OrdinalIgnoreCase) ? i : -1;
            if (index >= 0)
                services |= All[index].Services;
            else if (part.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                && ulong.TryParse(part.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                services |= (NodeServices)bits;
            else
            {
                error = $"'{part}' is no service: use {string.Join(", ", All.Select(static each => each.Word))} or bits such as 0x40, with + between them";
                return false;
            }
        }

        error = null;
        return true;
    }

    /// <summary>Writes services as <see cref="TryParse"/> reads them; bits without a word in one number.</summary>
    public static string Format(NodeServices services)
    {
        var words = All.Where(each => services.HasFlag(each.Services)).ToList();
        var rest = (ulong)(services & ~words.Aggregate(NodeServices.None, static (all, each) => all | each.Services));
        return string.Join(
            Separator, words.Select(static each => each.Word).Concat(rest == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"0x{rest:x}")]));
    }
}
