using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The permissions that peers of an allowed range or of a listener have beyond others: Bitcoin Core's, with its values. The manager acts on
/// <see cref="NoBan"/>; the program acts on the others, by <see cref="Connection.Permissions"/>.
/// </summary>
[Flags]
#pragma warning disable MA0062 // The values are Bitcoin Core's: two of the flags are given out only together with another.
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionPermissions>))]
public enum ConnectionPermissions
#pragma warning restore MA0062
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>May set bloom filters though these are not offered (<c>bloomfilter</c>).</summary>
    BloomFilter = 1 << 1,

    /// <summary>Its transactions are relayed even by a program that relays blocks alone (<c>relay</c>).</summary>
    Relay = 1 << 3,

    /// <summary>Its transactions are relayed even when known already; includes <see cref="Relay"/> (<c>forcerelay</c>).</summary>
    ForceRelay = (1 << 2) | Relay,

    /// <summary>
    /// It is accepted though banned or discouraged, and never evicted; it should not be banned for what it does. Includes
    /// <see cref="Download"/> (<c>noban</c>).
    /// </summary>
    NoBan = (1 << 4) | Download,

    /// <summary>May ask for the mempool (<c>mempool</c>).</summary>
    Mempool = 1 << 5,

    /// <summary>May download beyond a limit of the amount (<c>download</c>).</summary>
    Download = 1 << 6,

    /// <summary>Gets fresh answers to requests for addresses (<c>addr</c>).</summary>
    Addr = 1 << 7,

    /// <summary>All of these (<c>all</c>).</summary>
    All = BloomFilter | ForceRelay | NoBan | Mempool | Addr,
}
