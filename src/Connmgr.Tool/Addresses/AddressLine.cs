namespace Connmgr.Tool;

/// <summary>An address in a list of addresses.</summary>
internal static class AddressLine
{
    /// <summary>
    /// Parses HOST[:PORT]. An address of fc00::/8 belongs to CJDNS, as in the lists of Bitcoin Core: as IPv6 it would be private, and not
    /// in a list of public addresses.
    /// </summary>
    public static bool TryParse(string text, ushort defaultPort, out NetworkEndPoint endPoint)
    {
        if (!NetworkEndPoint.TryParse(text, defaultPort, out endPoint))
            return false;
        endPoint = new NetworkEndPoint(endPoint.Address.ToCjdns(), endPoint.Port);
        return true;
    }
}
