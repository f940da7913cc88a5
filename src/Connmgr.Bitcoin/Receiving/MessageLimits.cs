using System.Collections.Frozen;

namespace Connmgr.Bitcoin;

/// <summary>
/// Bitcoin Core's limits of messages by command. Its transport accepts 4,000,000 bytes of any command; the bytes that a command uses are
/// limited by its format and by constants such as MAX_INV_SZ. Bytes after that are ignored there, so they are not kept here.
/// </summary>
internal static class MessageLimits
{
    private const int Hash = 32;

    /// <summary>The length of a count of up to 65,535 entries.</summary>
    private const int ShortCount = 3;

    /// <summary>The limit without a number: <see cref="ChainParameters.MaxPayloadLength"/>, which the header is checked against, applies.</summary>
    private static readonly MessageLimit Longest = new(int.MaxValue);

    private static readonly FrozenDictionary<MessageCommand, MessageLimit> Table = new Dictionary<string, MessageLimit>(StringComparer.Ordinal)
    {
        // 80 bytes, a user agent of 256, and the fields after it. Bitcoin Core reads at most 256 characters of the agent.
        ["version"] = new(1024),
        ["verack"] = new(0),
        ["wtxidrelay"] = new(0),
        ["sendaddrv2"] = new(0),
        ["feature"] = new(1 + PeerFeature.MaxIdLength + ShortCount + PeerFeature.MaxDataLength + 1), // One more, which shows that it is malformed.
        ["sendheaders"] = new(0),
        ["getaddr"] = new(0),
        ["mempool"] = new(0),
        ["filterclear"] = new(0),
        ["ping"] = new(sizeof(ulong)),
        ["pong"] = new(sizeof(ulong)),
        ["feefilter"] = new(sizeof(ulong)),
        ["sendcmpct"] = new(1 + sizeof(ulong)),
        ["sendtxrcncl"] = new(sizeof(uint) + sizeof(ulong)),
        ["getcfilters"] = new(1 + sizeof(uint) + Hash),
        ["getcfheaders"] = new(1 + sizeof(uint) + Hash),
        ["getcfcheckpt"] = new(1 + Hash),

        ["addr"] = Addresses(shortest: 30, longest: 30), // MAX_ADDR_TO_SEND.
        ["addrv2"] = Addresses(shortest: 4 + 1 + 1 + 1 + 2, longest: 4 + 9 + 1 + 3 + NetworkAddress.MaxBip155Length + 2),

        ["inv"] = Items(), // MAX_INV_SZ.
        ["getdata"] = Items(),

        // MAX_HEADERS_RESULTS. Bitcoin Core can't limit their length: with auxiliary proof of work, a header of another chain has
        // kilobytes.
        ["headers"] = Longest with { MaxEntries = 2000, Violation = ProtocolViolation.TooManyEntries },
        ["getheaders"] = Locator(),
        ["getblocks"] = Locator(),
        ["filterload"] = Filter(36_000, sizeof(uint) + sizeof(uint) + 1), // MAX_BLOOM_FILTER_SIZE.
        ["filteradd"] = Filter(520, 0), // MAX_SCRIPT_ELEMENT_SIZE.
    }.ToFrozenDictionary(static row => new MessageCommand(row.Key), static row => row.Value);

    /// <summary>The commands with specific limits.</summary>
    public static IEnumerable<MessageCommand> Commands => Table.Keys;

    /// <summary>Gets the limit of a command: the longest message of the chain without a specific one.</summary>
    public static MessageLimit Get(MessageCommand command) => Table.GetValueOrDefault(command, Longest);

    /// <summary>
    /// Creates the limit of a message with addresses. If all of it is kept, all entries are read before they are counted
    /// (<see cref="AddressMessage"/>).
    /// </summary>
    private static MessageLimit Addresses(int shortest, int longest) => new(ShortCount + (AddressMessage.MaxEntries * longest))
    {
        MaxEntries = AddressMessage.MaxEntries,
        EntryLength = shortest,
        Violation = ProtocolViolation.TooManyAddresses,
        IsJudgedByReader = true,
    };

    private static MessageLimit Items() => new(ShortCount + (50_000 * 36))
    {
        MaxEntries = 50_000,
        EntryLength = 36,
        Violation = ProtocolViolation.TooManyEntries,
    };

    /// <summary>
    /// Creates the limit of a block locator, MAX_LOCATOR_SZ, beyond which Bitcoin Core closes the connection without blaming the host.
    /// </summary>
    private static MessageLimit Locator() => new(sizeof(uint) + ShortCount + (101 * Hash) + Hash)
    {
        MaxEntries = 101,
        CountOffset = sizeof(uint),
        EntryLength = Hash,
        Violation = ProtocolViolation.LocatorTooLong,
    };

    private static MessageLimit Filter(int most, int rest) => new(ShortCount + most + rest)
    {
        MaxEntries = most,
        EntryLength = 1,
        Violation = ProtocolViolation.TooManyEntries,
    };
}
