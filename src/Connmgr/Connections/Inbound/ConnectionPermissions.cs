using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The additional permissions of peers of an allowed range or of a listener, with the values of Bitcoin Core. The manager handles
/// <see cref="NoBan"/>; the program handles the others, with <see cref="Connection.Permissions"/>.
/// </summary>
[Flags]
#pragma warning disable MA0062 // The values are Bitcoin Core's: two of the flags are given out only together with another.
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionPermissions>))]
public enum ConnectionPermissions
#pragma warning restore MA0062
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The peer may set bloom filters although they are not offered (<c>bloomfilter</c>).</summary>
    BloomFilter = 1 << 1,

    /// <summary>Its transactions are relayed even by a program that relays only blocks (<c>relay</c>).</summary>
    Relay = 1 << 3,

    /// <summary>Its transactions are relayed even if they are already known; includes <see cref="Relay"/> (<c>forcerelay</c>).</summary>
    ForceRelay = (1 << 2) | Relay,

    /// <summary>
    /// The peer is accepted although it is banned or discouraged, never evicted, and should not be banned for misbehaviour. Includes
    /// <see cref="Download"/> (<c>noban</c>).
    /// </summary>
    NoBan = (1 << 4) | Download,

    /// <summary>The peer may request the mempool (<c>mempool</c>).</summary>
    Mempool = 1 << 5,

    /// <summary>The peer may download beyond a limit (<c>download</c>).</summary>
    Download = 1 << 6,

    /// <summary>The peer gets fresh answers to requests for addresses (<c>addr</c>).</summary>
    Addr = 1 << 7,

    /// <summary>All of these (<c>all</c>).</summary>
    All = BloomFilter | ForceRelay | NoBan | Mempool | Addr,
}
