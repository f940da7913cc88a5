using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Connmgr.Bitcoin;

/// <summary>
/// The words for services on command lines and in configuration: network, bloom, witness, filters (compact filters), limited, v2, and bits in
/// hexadecimal, such as 0x40, with plus signs between them. Pure, thread-safe.
/// </summary>
public static class ServiceWords
{
    /// <summary>The word for no services, which stands alone.</summary>
    public const string None = ServiceBits.None;

    /// <summary>The words, in the order in which they are written.</summary>
    internal static ImmutableArray<(string Word, NodeServices Services)> All { get; } = [.. ServiceBits.All.Select(static each => (each.Word, (NodeServices)each.Bits))];

    /// <summary>Reads services.</summary>
    /// <param name="text">The text: words, in any case, and bits with plus signs between them, or <see cref="None"/>.</param>
    /// <param name="services">All services together; <see cref="NodeServices.None"/> when the text is not valid.</param>
    /// <param name="error">The error and the remedy, without a full stop; null when the text is valid.</param>
    /// <returns>True when the text is valid.</returns>
    public static bool TryParse(string text, out NodeServices services, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isValid = ServiceBits.TryParse(text, out var bits, out error);
        services = (NodeServices)bits;
        return isValid;
    }

    /// <summary>Formats services.</summary>
    /// <param name="services">The services.</param>
    /// <returns>A text that <see cref="TryParse"/> reads as the same services: words, then bits without a word in one number; <see cref="None"/> for none.</returns>
    public static string Format(NodeServices services) => ServiceBits.Format((ulong)services);
}
