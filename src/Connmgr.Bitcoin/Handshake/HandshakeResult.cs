namespace Connmgr.Bitcoin;

/// <summary>What a handshake learnt.</summary>
/// <param name="Version">The peer's version message.</param>
/// <param name="ProtocolVersion">The lower of its protocol version and ours.</param>
internal readonly record struct HandshakeResult(VersionMessage Version, int ProtocolVersion)
{
    /// <summary>The peer sent sendaddrv2.</summary>
    public bool WantsAddrV2 { get; init; }

    /// <summary>The peer sent wtxidrelay.</summary>
    public bool WantsWtxidRelay { get; init; }
}
