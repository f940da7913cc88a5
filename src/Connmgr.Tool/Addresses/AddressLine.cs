namespace Connmgr.Tool;

/// <summary>An address in a list of addresses.</summary>
internal static class AddressLine
{
    /// <summary>
    /// Reads HOST[:PORT]. An address of fc00::/8 is CJDNS's, as in the lists of Bitcoin Core: as IPv6 it is private, and in no list of the
    /// internet's.
    /// </summary>
    public static bool TryParse(string text, ushort defaultPort, out NetworkEndPoint endPoint)
    {
        if (!NetworkEndPoint.TryParse(text, defaultPort, out endPoint))
            return false;
        endPoint = new NetworkEndPoint(endPoint.Address.ToCjdns(), endPoint.Port);
        return true;
    }
}
