using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Connmgr.Bitcoin;

/// <summary>
/// The words for services on command lines and in configuration: network, bloom, witness, filters (compact filters), limited, v2, and bits in
/// hexadecimal, such as 0x40, with plus signs between them. Pure, thread-safe.
/// </summary>
public static class ServiceWords
{
    /// <summary>The word for no services, which stands alone.</summary>
    public const string None = "none";

    private const char Separator = '+';

    /// <summary>The words, in the order in which they are written.</summary>
    internal static ImmutableArray<(string Word, NodeServices Services)> All { get; } =
    [
        ("network", NodeServices.Network),
        ("bloom", NodeServices.Bloom),
        ("witness", NodeServices.Witness),
        ("filters", NodeServices.CompactFilters),
        ("limited", NodeServices.NetworkLimited),
        ("v2", NodeServices.P2PV2),
    ];

    /// <summary>Reads services.</summary>
    /// <param name="text">The text: words, in any case, and bits with plus signs between them, or <see cref="None"/>.</param>
    /// <param name="services">All services together; <see cref="NodeServices.None"/> when the text is not valid.</param>
    /// <param name="error">The error and the remedy, without a full stop; null when the text is valid.</param>
    /// <returns>True when the text is valid.</returns>
    public static bool TryParse(string text, out NodeServices services, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (services, error) = (NodeServices.None, null);
        if (string.Equals(text, None, StringComparison.OrdinalIgnoreCase))
            return true;
        var all = NodeServices.None;
        foreach (var part in text.Split(Separator))
        {
            var index = -1;
            for (var i = 0; i < All.Length && index < 0; i++)
                index = string.Equals(All[i].Word, part, StringComparison.OrdinalIgnoreCase) ? i : -1;
            if (index >= 0)
                all |= All[index].Services;
            else if (part.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                && ulong.TryParse(part.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                all |= (NodeServices)bits;
            else
            {
                error = $"'{part}' is no service: use {string.Join(", ", All.Select(static each => each.Word))} or bits such as 0x40, with + between them";
                return false;
            }
        }

        services = all;
        return true;
    }

    /// <summary>Formats services.</summary>
    /// <param name="services">The services.</param>
    /// <returns>A text that <see cref="TryParse"/> reads as the same services: words, then bits without a word in one number; <see cref="None"/> for none.</returns>
    public static string Format(NodeServices services)
    {
        if (services == NodeServices.None)
            return None;
        var words = All.Where(each => services.HasFlag(each.Services)).ToList();
        var rest = (ulong)(services & ~words.Aggregate(NodeServices.None, static (all, each) => all | each.Services));
        return string.Join(
            Separator, words.Select(static each => each.Word).Concat(rest == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"0x{rest:x}")]));
    }
}
