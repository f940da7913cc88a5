namespace Connmgr.Bitcoin;

/// <summary>
/// The identity that connections for private broadcasts show: that of Bitcoin Core's, so that they tell neither this node nor this library
/// apart. Only the nonce differs from connection to connection.
/// </summary>
internal static class PrivateIdentity
{
    /// <summary>Creates the version message: no services, no time, no addresses, no height, no wish for transactions.</summary>
    public static VersionMessage CreateVersion(ulong nonce) => new()
    {
        ProtocolVersion = ProtocolVersions.FirstWithWtxidRelay,
        Nonce = nonce,
        UserAgent = "/pynode:0.0.1/",
        StartHeight = 0,
        Relay = false,
    };
}
