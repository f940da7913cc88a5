using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// Addresses whose inbound connections have places of their own (<see cref="InboundLimits.AllowedBudget"/>) and permissions; Bitcoin Core's
/// -whitelist. Immutable.
/// </summary>
/// <param name="network">The addresses.</param>
/// <param name="permissions">What they may do. Default <see cref="DefaultPermissions"/>.</param>
public sealed class AllowedRange(IPNetwork network, ConnectionPermissions permissions = AllowedRange.DefaultPermissions)
{
    /// <summary>What a range gives that names no permissions, as in Bitcoin Core: relay, noban (with download) and mempool.</summary>
    public const ConnectionPermissions DefaultPermissions = ConnectionPermissions.Relay | ConnectionPermissions.NoBan | ConnectionPermissions.Mempool;

    /// <summary>The addresses. An IPv4 network covers its addresses in IPv6 form (::ffff:a.b.c.d) too.</summary>
    public IPNetwork Network { get; } = network;

    /// <summary>What they may do.</summary>
    public ConnectionPermissions Permissions { get; } = permissions;

    /// <summary>Whether it is for inbound connections. Default true.</summary>
    public bool IsInbound { get; init; } = true;

    /// <summary>
    /// Whether it is for outbound connections (<c>out</c>). The manager gives those no permissions: it is for the program to read. Default
    /// false.
    /// </summary>
    public bool IsOutbound { get; init; }

    /// <summary>Reads <c>[PERMISSIONS@]RANGE</c>, as Bitcoin Core's -whitelist does.</summary>
    /// <param name="text">
    /// A range is ADDRESS, ADDRESS/LENGTH or an IPv4 ADDRESS/NETMASK; bits after the prefix are ignored. Permissions are bloomfilter (or
    /// bloom), relay, forcerelay, noban, mempool, download, addr and all, with commas between, and in and out for the direction (in, when
    /// neither is there). Before an @ there may be none; without it they are <see cref="DefaultPermissions"/>.
    /// </param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">It is none; the message says what is wrong and what to write.</exception>
    public static AllowedRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var range, out var error) ? range : throw new FormatException(error);
    }

    /// <summary>Reads a range, as <see cref="Parse"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="range">The range; null when it is none.</param>
    /// <param name="error">What is wrong and what to write; null when nothing is.</param>
    /// <returns>Whether it is one.</returns>
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

    /// <summary>The range as <see cref="Parse"/> reads it.</summary>
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

    /// <summary>A number of bits, or a netmask of IPv4: ones, then zeros.</summary>
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
