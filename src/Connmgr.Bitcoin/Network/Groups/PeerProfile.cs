using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The properties of a connection that are fixed before its version message is sent. Connections of one profile may move between groups. A
/// pure value.
/// </summary>
/// <param name="Relay">True to ask the peer for transactions.</param>
/// <param name="Gossip">True to exchange addresses.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerProfile(bool Relay, bool Gossip)
{
    /// <summary>The name of the profile of block-relay-only connections.</summary>
    public const string BlockRelayName = "block-relay";

    private const string NoRelayName = "no-relay";
    private const string NoGossipName = "no-gossip";

    /// <summary>The profile of a connection whose group says nothing else.</summary>
    public static PeerProfile Full { get; } = new(Relay: true, Gossip: true);

    /// <summary>The name: the profile of an outbound group; empty for <see cref="Full"/>.</summary>
    public string Name => (Relay, Gossip) switch
    {
        (true, true) => string.Empty,
        (false, true) => NoRelayName,
        (true, false) => NoGossipName,
        (false, false) => BlockRelayName,
    };

    /// <summary>Gets the profile with a name. Any other name stands for <see cref="Full"/>.</summary>
    public static PeerProfile FromName(string name) => name switch
    {
        NoRelayName => new(Relay: false, Gossip: true),
        NoGossipName => new(Relay: true, Gossip: false),
        BlockRelayName => new(Relay: false, Gossip: false),
        _ => Full,
    };
}
