using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// The name of a message on the wire: 1 to 12 printable ASCII characters, padded with NUL bytes. It is compared as two integers; only
/// <see cref="ToString"/> creates a string.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct MessageCommand : IEquatable<MessageCommand>
{
    /// <summary>The length of a command on the wire, in bytes.</summary>
    public const int Size = 12;

    private readonly ulong _first;
    private readonly uint _last;

    /// <summary>Creates a command from its name.</summary>
    /// <param name="name">1 to 12 printable ASCII characters.</param>
    /// <exception cref="ArgumentException">The name is too short or too long, or has other characters.</exception>
    public MessageCommand(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        if (name.Length > Size)
            throw Invalid(name);

        for (var i = 0; i < name.Length; i++)
            bytes[i] = name[i] <= '~' ? (byte)name[i] : (byte)1;

        if (!TryRead(bytes, out this) || bytes[name.Length - 1] == 0)
            throw Invalid(name);
    }

    private MessageCommand(ulong first, uint last) => (_first, _last) = (first, last);

    /// <summary>The command version, the first message of each side.</summary>
    public static MessageCommand Version { get; } = new("version");

    /// <summary>The command verack, which ends the handshake.</summary>
    public static MessageCommand Verack { get; } = new("verack");

    /// <summary>The command wtxidrelay (BIP339).</summary>
    public static MessageCommand WtxidRelay { get; } = new("wtxidrelay");

    /// <summary>The command sendaddrv2 (BIP155).</summary>
    public static MessageCommand SendAddrV2 { get; } = new("sendaddrv2");

    /// <summary>The command feature, which negotiates a feature before verack (BIP434).</summary>
    public static MessageCommand Feature { get; } = new("feature");

    /// <summary>The command sendtxrcncl, which offers the reconciliation of transactions before verack (BIP330).</summary>
    public static MessageCommand SendTxRcncl { get; } = new("sendtxrcncl");

    /// <summary>The command ping (BIP31).</summary>
    public static MessageCommand Ping { get; } = new("ping");

    /// <summary>The command pong (BIP31).</summary>
    public static MessageCommand Pong { get; } = new("pong");

    /// <summary>The command getaddr, which asks for addresses.</summary>
    public static MessageCommand GetAddr { get; } = new("getaddr");

    /// <summary>The command addr.</summary>
    public static MessageCommand Addr { get; } = new("addr");

    /// <summary>The command addrv2 (BIP155).</summary>
    public static MessageCommand AddrV2 { get; } = new("addrv2");

    /// <summary>The command inv, which announces items: see <see cref="InventoryType"/>.</summary>
    public static MessageCommand Inv { get; } = new("inv");

    /// <summary>The command getdata, which asks for items.</summary>
    public static MessageCommand GetData { get; } = new("getdata");

    /// <summary>The command notfound, the answer for the items of a getdata that the peer does not have.</summary>
    public static MessageCommand NotFound { get; } = new("notfound");

    /// <summary>The command getheaders, which asks for headers after a block locator.</summary>
    public static MessageCommand GetHeaders { get; } = new("getheaders");

    /// <summary>The command getblocks, which asks for an inv of the blocks after a block locator.</summary>
    public static MessageCommand GetBlocks { get; } = new("getblocks");

    /// <summary>The command headers: at most 2,000 headers of blocks.</summary>
    public static MessageCommand Headers { get; } = new("headers");

    /// <summary>The command block.</summary>
    public static MessageCommand Block { get; } = new("block");

    /// <summary>The command tx: a transaction.</summary>
    public static MessageCommand Tx { get; } = new("tx");

    /// <summary>The command mempool, which asks for an inv of the mempool (BIP35).</summary>
    public static MessageCommand Mempool { get; } = new("mempool");

    /// <summary>The command sendheaders, which asks to announce blocks by headers (BIP130).</summary>
    public static MessageCommand SendHeaders { get; } = new("sendheaders");

    /// <summary>The command feefilter, which asks not to announce transactions below a fee rate (BIP133).</summary>
    public static MessageCommand FeeFilter { get; } = new("feefilter");

    /// <summary>The command filterload, which sets a bloom filter (BIP37).</summary>
    public static MessageCommand FilterLoad { get; } = new("filterload");

    /// <summary>The command filteradd, which adds to the bloom filter (BIP37).</summary>
    public static MessageCommand FilterAdd { get; } = new("filteradd");

    /// <summary>The command filterclear, which removes the bloom filter (BIP37).</summary>
    public static MessageCommand FilterClear { get; } = new("filterclear");

    /// <summary>The command merkleblock: a header and the proof of the transactions that match the bloom filter (BIP37).</summary>
    public static MessageCommand MerkleBlock { get; } = new("merkleblock");

    /// <summary>The command sendcmpct, which asks for compact blocks (BIP152).</summary>
    public static MessageCommand SendCmpct { get; } = new("sendcmpct");

    /// <summary>The command cmpctblock: a compact block (BIP152).</summary>
    public static MessageCommand CmpctBlock { get; } = new("cmpctblock");

    /// <summary>The command getblocktxn, which asks for transactions of a compact block (BIP152).</summary>
    public static MessageCommand GetBlockTxn { get; } = new("getblocktxn");

    /// <summary>The command blocktxn: transactions of a compact block (BIP152).</summary>
    public static MessageCommand BlockTxn { get; } = new("blocktxn");

    /// <summary>The command getcfilters, which asks for compact filters (BIP157).</summary>
    public static MessageCommand GetCFilters { get; } = new("getcfilters");

    /// <summary>The command cfilter: the compact filter of a block (BIP157).</summary>
    public static MessageCommand CFilter { get; } = new("cfilter");

    /// <summary>The command getcfheaders, which asks for the headers of compact filters (BIP157).</summary>
    public static MessageCommand GetCFHeaders { get; } = new("getcfheaders");

    /// <summary>The command cfheaders: hashes of compact filters (BIP157).</summary>
    public static MessageCommand CFHeaders { get; } = new("cfheaders");

    /// <summary>The command getcfcheckpt, which asks for every thousandth header of the compact filters (BIP157).</summary>
    public static MessageCommand GetCFCheckpt { get; } = new("getcfcheckpt");

    /// <summary>The command cfcheckpt: every thousandth header of the compact filters (BIP157).</summary>
    public static MessageCommand CFCheckpt { get; } = new("cfcheckpt");

    /// <summary>The command reject, in which older programs name the reason for a refusal (BIP61).</summary>
    public static MessageCommand Reject { get; } = new("reject");

    internal bool IsEmpty => _first == 0;

    /// <summary>Reads a command.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes, of which the first 12 are read.</param>
    /// <param name="command">The command.</param>
    /// <returns>False if the bytes are not a valid command.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out MessageCommand command)
    {
        source = source[..Size];
        command = default;
        var length = source.IndexOf((byte)0);
        if (length < 0)
            length = Size;

        if (length == 0 || source[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~') || source[length..].ContainsAnyExcept((byte)0))
            return false;

        command = new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[8..]));
        return true;
    }

    /// <summary>Writes the command with its padding.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _first);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], _last);
    }

    /// <inheritdoc/>
    public bool Equals(MessageCommand other) => _first == other._first && _last == other._last;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MessageCommand other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_first, _last);

    /// <summary>Gets the name, such as <c>version</c>.</summary>
    /// <returns>Printable ASCII; empty for the default value.</returns>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return System.Text.Encoding.ASCII.GetString(bytes.TrimEnd((byte)0));
    }

    /// <summary>Determines whether two commands are equal.</summary>
    /// <param name="left">The first command.</param>
    /// <param name="right">The second command.</param>
    public static bool operator ==(MessageCommand left, MessageCommand right) => left.Equals(right);

    /// <summary>Determines whether two commands differ.</summary>
    /// <param name="left">The first command.</param>
    /// <param name="right">The second command.</param>
    public static bool operator !=(MessageCommand left, MessageCommand right) => !left.Equals(right);

    private static ArgumentException Invalid(string name) =>
        new($"'{name}' is not a valid command: use 1 to 12 printable ASCII characters.", nameof(name));
}
