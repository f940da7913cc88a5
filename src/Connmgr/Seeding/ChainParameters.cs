using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>
/// The parameters that distinguish a Bitcoin chain on the network: magic, ports and seeds. Immutable. The values are those of Bitcoin Core.
/// Use <c>with</c>, an initializer or a file (<see cref="ChainFile"/>) for another chain.
/// </summary>
public sealed record ChainParameters
{
    /// <summary>The default of <see cref="MaxPayloadLength"/>: 4,000,000 bytes.</summary>
    public const int DefaultMaxPayloadLength = 4_000_000;

    /// <summary>The least <see cref="MaxPayloadLength"/>: a version message fits.</summary>
    internal const int LeastMaxPayloadLength = 1024;

    /// <summary>The greatest <see cref="MaxPayloadLength"/>.</summary>
    internal const int GreatestMaxPayloadLength = 256 * 1024 * 1024;

    /// <summary>The most bytes of a script, and so of a challenge.</summary>
    internal const int MaxChallengeLength = 10_000;

    /// <summary>The short name, as on a command line: "mainnet", "testnet4", "signet", "regtest".</summary>
    public required string Name { get; init; }

    /// <summary>The name for users, such as "Litecoin". Null, the default: <see cref="Name"/>.</summary>
    public string? Title { get; init; }

    /// <summary>The four bytes that begin each message, in wire order.</summary>
    public required ImmutableArray<byte> Magic { get; init; }

    /// <summary>The TCP port that peers of the chain listen on by default.</summary>
    public required int DefaultPort { get; init; }

    /// <summary>The DNS seeds, in no particular order. Empty if the chain has none.</summary>
    public ImmutableArray<DnsSeed> DnsSeeds { get; init; } = [];

    /// <summary>
    /// The addresses of peers that are used if nothing else gives any: see <see cref="SeedingTimetable.FixedSeedDelay"/>. Default none: a
    /// list becomes stale and vouches for strangers, so the user must provide it.
    /// </summary>
    public ImmutableArray<NetworkEndPoint> FixedSeeds { get; init; } = [];

    /// <summary>The object of another library that the parameters were taken from; null for none. Copies keep it.</summary>
    internal object? Origin { get; init; }

    /// <summary>
    /// The length of the longest payload that a message may have, in bytes: from 1,024 to 268,435,456 (256 MiB). Default 4,000,000, as in
    /// Bitcoin Core. Chains with larger blocks need more. A longer message ends the connection.
    /// </summary>
    public int MaxPayloadLength { get; init; } = DefaultMaxPayloadLength;

    /// <summary>
    /// The lowest protocol version of the chain's peers; at least 0. Default 0: only that of the protocol's options applies. The higher one of
    /// the two counts. A peer with a lower version is disconnected.
    /// </summary>
    public int MinProtocolVersion { get; init; }

    /// <summary>
    /// The services that automatic peers of the chain must offer, unless the options of the protocol say otherwise. Default 9, blocks and
    /// witnesses, as on Bitcoin's networks. A chain without witnesses needs 1.
    /// </summary>
    public ulong RequiredServices { get; init; } = ServiceBits.Default;

    /// <summary>
    /// The function that computes the checksum of a payload: the four bytes in its message's header, the first one lowest. Called for each
    /// message that is kept or sent; must be quick and thread-safe. Default null: the first bytes of the double SHA-256, as in Bitcoin. With
    /// a custom function, messages without a reader are discarded without a check.
    /// </summary>
    [JsonIgnore]
    public Func<ReadOnlySpan<byte>, uint>? Checksum { get; init; }

    /// <summary>The main network.</summary>
    public static ChainParameters Mainnet { get; } = new()
    {
        Name = "mainnet",
        Magic = [0xf9, 0xbe, 0xb4, 0xd9],
        DefaultPort = 8333,
        DnsSeeds =
        [
            new("dnsseed.bluematt.me", supportsServiceFilter: true),
            new("seed.bitcoin.jonasschnelli.ch", supportsServiceFilter: true),
            new("seed.btc.petertodd.net", supportsServiceFilter: true),
            new("seed.bitcoin.sprovoost.nl", supportsServiceFilter: true),
            new("dnsseed.emzy.de", supportsServiceFilter: true),
            new("seed.bitcoin.wiz.biz", supportsServiceFilter: true),
            new("seed.mainnet.achownodes.xyz", supportsServiceFilter: true),
        ],
    };

    /// <summary>The fourth test network (BIP94).</summary>
    public static ChainParameters Testnet4 { get; } = new()
    {
        Name = "testnet4",
        Magic = [0x1c, 0x16, 0x3f, 0x28],
        DefaultPort = 48333,
        DnsSeeds =
        [
            new("seed.testnet4.bitcoin.sprovoost.nl", supportsServiceFilter: true),
            new("seed.testnet4.wiz.biz", supportsServiceFilter: true),
        ],
    };

    /// <summary>The default signet (BIP325).</summary>
    public static ChainParameters Signet { get; } = new()
    {
        Name = "signet",
        Magic = [0x0a, 0x03, 0xcf, 0x40],
        DefaultPort = 38333,
        DnsSeeds =
        [
            new("seed.signet.bitcoin.sprovoost.nl", supportsServiceFilter: true),
            new("seed.signet.achownodes.xyz", supportsServiceFilter: true),
        ],
    };

    /// <summary>The local regression test network. Has no DNS seeds.</summary>
    public static ChainParameters Regtest { get; } = new()
    {
        Name = "regtest",
        Magic = [0xfa, 0xbf, 0xb5, 0xda],
        DefaultPort = 18444,
    };

    /// <summary>The four chains above.</summary>
    public static ImmutableArray<ChainParameters> All { get; } = [Mainnet, Testnet4, Signet, Regtest];

    /// <summary>Computes the magic of a signet from its challenge, as BIP325 does: the first bytes of the double SHA-256 of the serialized script.</summary>
    /// <param name="challenge">The challenge: the script that the solutions of blocks satisfy, 1 to 10,000 bytes.</param>
    /// <returns>The four bytes that begin each message, in wire order.</returns>
    /// <exception cref="ArgumentException">The challenge is empty or too long.</exception>
    public static ImmutableArray<byte> ComputeSignetMagic(ReadOnlySpan<byte> challenge)
    {
        if (challenge.Length is 0 or > MaxChallengeLength)
            throw new ArgumentException(Invariant($"The challenge has {challenge.Length} bytes: use 1 to {MaxChallengeLength}."), nameof(challenge));
        ReadOnlySpan<byte> length = challenge.Length < 0xfd ? [(byte)challenge.Length] : [0xfd, (byte)challenge.Length, (byte)(challenge.Length >> 8)];
        return [.. SHA256.HashData(SHA256.HashData([.. length, .. challenge]))[..4]];
    }
}
