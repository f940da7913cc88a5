namespace Connmgr.Bitcoin;

/// <summary>The protocol versions at which something changed.</summary>
internal static class ProtocolVersions
{
    /// <summary>
    /// Bitcoin Core's; from it on, peers know wtxidrelay, and messages before verack that they do not know do them no harm.
    /// </summary>
    public const int Current = 70016;

    /// <summary>The first in which ping is answered by pong (BIP31).</summary>
    public const int FirstWithPong = 60001;
}
