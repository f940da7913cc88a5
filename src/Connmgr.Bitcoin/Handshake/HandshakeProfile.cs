namespace Connmgr.Bitcoin;

/// <summary>What one handshake is to be like, where it differs from connection to connection.</summary>
/// <param name="RequiredServices">What the peer must offer.</param>
/// <param name="Relay">Whether the peer shall announce transactions to us.</param>
internal readonly record struct HandshakeProfile(NodeServices RequiredServices, bool Relay)
{
    /// <summary>The network of the connection, as <see cref="SelfDetector.NetworkOf"/> gives it.</summary>
    public AddressNetwork? Network { get; init; }

    /// <summary>Whether the user gave the connection permissions.</summary>
    public bool IsPermitted { get; init; }

    /// <summary>Called with the peer's version as soon as it is known to be one, before it is asked whether it will do. Must be quick.</summary>
    public Action<VersionMessage>? OnVersion { get; init; }
}
