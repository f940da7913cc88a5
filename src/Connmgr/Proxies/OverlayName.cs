namespace Connmgr;

/// <summary>Names of Tor and I2P: they are addresses. Asking a name server for one would tell others of it, and find nothing (RFC 7686).</summary>
internal static class OverlayName
{
    public static bool IsOverlay(ReadOnlySpan<char> host) => IsOnion(host) || IsI2P(host);

    public static bool IsOnion(ReadOnlySpan<char> host) => host.TrimEnd('.').EndsWith(".onion", StringComparison.OrdinalIgnoreCase);

    public static bool IsI2P(ReadOnlySpan<char> host) => host.TrimEnd('.').EndsWith(".i2p", StringComparison.OrdinalIgnoreCase);
}
