using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Testing;

/// <summary>A host of a <see cref="SandboxNetwork"/>.</summary>
/// <param name="EndPoint">Its address.</param>
/// <param name="Kind">The kind of its behaviour.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SandboxHost(IPEndPoint EndPoint, SandboxHostKind Kind)
{
    /// <summary>True when no connection to it can be made.</summary>
    public bool IsDead => Kind is SandboxHostKind.Swallowing or SandboxHostKind.Refusing or SandboxHostKind.Unreachable;
}

/// <summary>The behaviour of a host of a <see cref="SandboxNetwork"/>. It is the same for every connection of the host.</summary>
public enum SandboxHostKind
{
    /// <summary>A good peer that stays connected.</summary>
    Live,

    /// <summary>A good peer that answers late (<see cref="SandboxNetworkOptions.SlowLatency"/>) and sends 100 bytes each 50 ms.</summary>
    Slow,

    /// <summary>A good peer that closes the connection after a while (<see cref="SandboxNetworkOptions.RestlessLifetime"/>).</summary>
    Leaving,

    /// <summary>A good peer whose connection is reset after a while.</summary>
    Crashing,

    /// <summary>Accepts, and resets within the handshake.</summary>
    Resetting,

    /// <summary>Accepts, and sends nothing.</summary>
    Silent,

    /// <summary>A peer of another chain: its first message begins with the main network's magic.</summary>
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
