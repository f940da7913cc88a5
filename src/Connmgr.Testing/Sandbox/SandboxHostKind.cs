namespace Connmgr.Testing;

/// <summary>What a host of a <see cref="SandboxNetwork"/> does. Each host does the same at every connection.</summary>
public enum SandboxHostKind
{
    /// <summary>A good peer, for as long as it is wanted.</summary>
    Live,

    /// <summary>A good peer that answers late (<see cref="SandboxNetworkOptions.SlowLatency"/>) and sends 100 bytes each 50 ms.</summary>
    Slow,

    /// <summary>A good peer that closes the connection after a while (<see cref="SandboxNetworkOptions.RestlessAge"/>).</summary>
    Leaving,

    /// <summary>A good peer whose connection is reset after a while.</summary>
    Crashing,

    /// <summary>Accepts, and resets within the handshake.</summary>
    Resetting,

    /// <summary>Accepts, and says nothing.</summary>
    Silent,

    /// <summary>Speaks of another chain: its first message begins with the main network's magic.</summary>
    WrongChain,

    /// <summary>A program of 2011: protocol version 60000, which has no pong.</summary>
    Obsolete,

    /// <summary>A good peer at first, which sends random bytes after a while.</summary>
    Babbling,

    /// <summary>A good peer at first, which sends a message with a false checksum after a while, and then nothing more.</summary>
    Corrupting,

    /// <summary>A good peer at first, which announces a message of 4 GiB after a while.</summary>
    Oversized,

    /// <summary>Dead: never answers a dial.</summary>
    Swallowing,

    /// <summary>Dead: refuses.</summary>
    Refusing,

    /// <summary>Dead: there is no route to it.</summary>
    Unreachable,
}
