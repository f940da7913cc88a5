using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The target of a ban: an address, a subnet, or an autonomous system. An immutable value, compared by value. The default value targets
/// nothing.
/// </summary>
[StructLayout(LayoutKind.Auto)]
[JsonConverter(typeof(TextJsonConverter))]
public readonly record struct BanTarget : ISpanParsable<BanTarget>
{
    private const string AutonomousSystemPrefix = "AS";

    /// <summary>Creates the target for a subnet.</summary>
    /// <param name="subnet">The subnet. For a single host, the range of its address.</param>
    public BanTarget(in NetworkSubnet subnet) => Subnet = subnet;

    /// <summary>Creates the target for one address.</summary>
    /// <param name="address">The address.</param>
    public BanTarget(in NetworkAddress address)
        : this(new NetworkSubnet(address))
    {
    }

    private BanTarget(uint autonomousSystem) => AutonomousSystem = autonomousSystem;

    /// <summary>The subnet; the default value, which contains nothing, if the target is an autonomous system.</summary>
    public NetworkSubnet Subnet { get; }

    /// <summary>The number of the autonomous system; 0 if the target is a subnet.</summary>
    public uint AutonomousSystem { get; }

    /// <summary>True for the default value.</summary>
    public bool IsNone => AutonomousSystem == 0 && Subnet == default;

    /// <summary>Creates the target for an autonomous system.</summary>
    /// <param name="number">Its number, not 0, which is reserved.</param>
    /// <returns>The target.</returns>
    public static BanTarget FromAutonomousSystem(uint number)
    {
        ArgumentOutOfRangeException.ThrowIfZero(number);
        return new(number);
    }

    /// <summary>Parses a target: see <see cref="TryParse(ReadOnlySpan{char}, out BanTarget)"/>.</summary>
    /// <param name="s">The text.</param>
    /// <returns>The target.</returns>
    /// <exception cref="FormatException">The text is not a target; the message lists the valid forms.</exception>
    public static BanTarget Parse(ReadOnlySpan<char> s) => TryParse(s, out var result) ? result : throw new FormatException(GetError(s));

    /// <summary>Gets the error of a text that is not a target.</summary>
    internal static string GetError(ReadOnlySpan<char> s) =>
        $"'{Excerpt.Create(s)}' cannot be banned: write an address (1.2.3.4, 2001:db8::1, NAME.onion, NAME.b32.i2p), "
        + "a subnet (1.2.3.0/24, 1.2.3.0/255.255.255.0, 2001:db8::/32) or an autonomous system (AS64496).";

    /// <inheritdoc/>
    static BanTarget ISpanParsable<BanTarget>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static BanTarget IParsable<BanTarget>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan());
    }

    /// <summary>
    /// Parses everything that <see cref="NetworkSubnet.TryParse(ReadOnlySpan{char}, out NetworkSubnet)"/> accepts, and AS followed by a
    /// number from 1 to 4294967295. Never throws, allocates nothing.
    /// </summary>
    /// <param name="s">The text.</param>
    /// <param name="result">The target.</param>
    /// <returns>False if the text is not a target.</returns>
    public static bool TryParse(ReadOnlySpan<char> s, out BanTarget result)
    {
        result = default;
        if (s.StartsWith(AutonomousSystemPrefix, StringComparison.OrdinalIgnoreCase))
        {
            if (!uint.TryParse(s[AutonomousSystemPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                return TryParseSubnet(s, out result); // An onion name can begin so.
            result = new(number);
            return true;
        }

        return TryParseSubnet(s, out result);
    }

    /// <inheritdoc/>
    static bool ISpanParsable<BanTarget>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out BanTarget result) => TryParse(s, out result);

    /// <inheritdoc/>
    static bool IParsable<BanTarget>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out BanTarget result) => TryParse(s.AsSpan(), out result);

    /// <summary>Formats the target for lists and files.</summary>
    /// <returns>For example <c>1.2.3.4/32</c>, <c>2001:db8::/32</c>, an .onion name, or <c>AS64496</c>.</returns>
    public override string ToString() => AutonomousSystem == 0 ? Subnet.ToString() : $"{AutonomousSystemPrefix}{AutonomousSystem}";

    /// <summary>Compares targets by the order of lists: subnets in Bitcoin Core's order, then autonomous systems.</summary>
    internal static int Compare(in BanTarget left, in BanTarget right)
    {
        var order = left.AutonomousSystem.CompareTo(right.AutonomousSystem);
        return order == 0 ? NetworkSubnet.Compare(left.Subnet, right.Subnet) : order;
    }

    private static bool TryParseSubnet(ReadOnlySpan<char> text, out BanTarget result)
    {
        var isSubnet = NetworkSubnet.TryParse(text, out var subnet);
        result = isSubnet ? new(subnet) : default;
        return isSubnet;
    }
}
