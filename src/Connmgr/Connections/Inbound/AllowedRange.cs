using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// A range of addresses whose inbound connections have separate places (<see cref="InboundLimits.MaxAllowListed"/>) and permissions; Bitcoin
/// Core's -whitelist. Immutable.
/// </summary>
/// <param name="network">The addresses.</param>
/// <param name="permissions">The permissions. Default relay, noban and mempool, as in Bitcoin Core.</param>
public sealed class AllowedRange(IPNetwork network, ConnectionPermissions permissions = AllowedRange.DefaultPermissions)
{
    /// <summary>The permissions of a range without explicit ones, as in Bitcoin Core: relay, noban (with download) and mempool.</summary>
    internal const ConnectionPermissions DefaultPermissions = ConnectionPermissions.Relay | ConnectionPermissions.NoBan | ConnectionPermissions.Mempool;

    /// <summary>The addresses. An IPv4 network covers its addresses in IPv6 form (::ffff:a.b.c.d) too.</summary>
    public IPNetwork Network { get; } = network;

    /// <summary>The permissions.</summary>
    public ConnectionPermissions Permissions { get; } = permissions;

    /// <summary>True when it applies to inbound connections. Default true.</summary>
    public bool IsInbound { get; init; } = true;

    /// <summary>
    /// True when it applies to outbound connections (<c>out</c>). The manager gives those no permissions: the program may read it. Default
    /// false.
    /// </summary>
    public bool IsOutbound { get; init; }

    /// <summary>Reads <c>[PERMISSIONS@]RANGE</c>, as Bitcoin Core's -whitelist does.</summary>
    /// <param name="text">
    /// A range is ADDRESS, ADDRESS/LENGTH or an IPv4 ADDRESS/NETMASK; bits after the prefix are ignored. Permissions are bloomfilter (or
    /// bloom), relay, forcerelay, noban, mempool, download, addr and all, separated by commas, and in and out for the direction (in, if
    /// neither is given). They may be empty before an @; without an @ they are <see cref="DefaultPermissions"/>.
    /// </param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">The text is not a range; the message gives the error and the remedy.</exception>
    public static AllowedRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var range, out var error) ? range : throw new FormatException(error);
    }

    /// <summary>Reads a range, as <see cref="Parse"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="range">The range; null if the text is not one.</param>
    /// <param name="error">The error and the remedy; null if there is none.</param>
    /// <returns>True if the text is a range.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AllowedRange? range, [NotNullWhen(false)] out string? error)
    {
        text ??= string.Empty;
        range = null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var granted = new PermissionWords(DefaultPermissions, IsInbound: true, IsOutbound: false);
        if (at >= 0 && !PermissionWords.TryParse(text.AsSpan(0, at), out granted, out error))
            return false;
        if (!TryParseNetwork(text.AsSpan(at + 1), out var network))
        {
            error = $"'{text[(at + 1)..]}' is no range of addresses: write an address, 1.2.3.0/24 or 2001:db8::/32, after permissions and an @ when there are any.";
            return false;
        }

        error = null;
        range = new AllowedRange(network, granted.Permissions) { IsInbound = granted.IsInbound, IsOutbound = granted.IsOutbound };
        return true;
    }

    /// <summary>Returns the range as <see cref="Parse"/> reads it.</summary>
    /// <returns>For example <c>noban,download@10.0.0.0/8</c>.</returns>
    public override string ToString() => $"{new PermissionWords(Permissions, IsInbound, IsOutbound)}@{Network}";

    private static bool TryParseNetwork(ReadOnlySpan<char> text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/');
        if (!NetworkAddress.TryParse(slash < 0 ? text : text[..slash], out var parsed) || parsed.ToIPAddress() is not { } address)
            return false;
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && !TryParseLength(text[(slash + 1)..], bits, out length))
            return false;
        network = new IPNetwork(address, length); // Clears what comes after the prefix.
        return true;
    }

    /// <summary>Reads a number of bits, or a netmask of IPv4: ones, then zeros.</summary>
    private static bool TryParseLength(ReadOnlySpan<char> text, int bits, out int length)
    {
        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out length))
            return length <= bits;
        if (bits != 32 || !IPv4Text.TryParse(text, out var mask) || (~mask & (~mask + 1)) != 0)
            return false;
        length = System.Numerics.BitOperations.PopCount(mask);
        return true;
    }
}
