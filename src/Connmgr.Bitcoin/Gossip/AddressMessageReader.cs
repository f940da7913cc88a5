namespace Connmgr.Bitcoin;

/// <summary>
/// Reads an addr or addrv2. The constructor checks that the number of entries is allowed and that the payload can hold them. As in Bitcoin
/// Core, too many entries count only if each can be read.
/// </summary>
internal ref struct AddressMessageReader
{
    // Time, services, address, port.
    private const int V1EntryLength = 4 + 8 + NetworkAddress.V1Length + 2;

    // Time, services, network, length, no address, port.
    private const int ShortestV2EntryLength = 4 + 1 + 1 + 1 + 2;

    private readonly bool _isV2;
    private PayloadReader _reader;

    public AddressMessageReader(MessageCommand command, ReadOnlySpan<byte> payload)
    {
        _isV2 = command == MessageCommand.AddrV2;
        _reader = new(payload, command, ProtocolViolation.BadPayload);
        var entries = _reader.ReadCompactSize();
        var least = _isV2 ? ShortestV2EntryLength : V1EntryLength;
        if (entries > (ulong)(_reader.Remaining / least))
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.BadPayload,
                Invariant($"A message '{command}' of {payload.Length} bytes claims {entries} addresses, which take at least {least} bytes each."));
        }

        Entries = (int)entries;
        if (Entries <= AddressMessage.MaxEntries)
            return;

        for (var entry = 0; entry < Entries; entry++)
            ReadEntry(out _);
        throw new BitcoinProtocolException(
            ProtocolViolation.TooManyAddresses,
            $"A message '{command}' has {entries} addresses; {AddressMessage.MaxEntries} are allowed.");
    }

    /// <summary>The number of entries of the message, including those that are left out when it is read.</summary>
    public int Entries { get; }

    /// <summary>Reads all entries. Throws if one breaks the rules. Call it once.</summary>
    /// <param name="destination">Room for <see cref="Entries"/> addresses.</param>
    /// <returns>The number of addresses written: those that can be a peer's.</returns>
    public int Read(Span<PeerAddress> destination)
    {
        var count = 0;
        for (var entry = 0; entry < Entries; entry++)
        {
            if (ReadEntry(out var address))
                destination[count++] = address;
        }

        return count;
    }

    /// <returns>True if the address can be a peer's.</returns>
    private bool ReadEntry(out PeerAddress entry)
    {
        var seen = DateTimeOffset.FromUnixTimeSeconds((uint)_reader.ReadInt32());
        var services = _isV2 ? _reader.ReadCompactSize() : _reader.ReadUInt64();
        var address = _isV2 ? ReadV2Address() : NetworkAddress.FromV1(_reader.ReadBytes(NetworkAddress.V1Length));
        entry = new(new(address, _reader.ReadUInt16BigEndian()), services, seen);
        return AddressMessage.CanHold(MessageCommand.AddrV2, address);
    }

    /// <summary>Reads network, length and bytes of an address.</summary>
    /// <returns>The address; the default value if it is to be left out.</returns>
    private NetworkAddress ReadV2Address()
    {
        var network = _reader.ReadByte();
        var length = _reader.ReadCompactSize();
        if (length > NetworkAddress.MaxBip155Length)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.AddressTooLong,
                $"A message 'addrv2' has an address that claims {length} bytes; BIP155 allows {NetworkAddress.MaxBip155Length}.");
        }

        return NetworkAddress.ReadBip155(network, _reader.ReadBytes((int)length), out var address) == Bip155DecodeStatus.Malformed
            ? throw new BitcoinProtocolException(
                ProtocolViolation.WrongAddressLength,
                $"A message 'addrv2' has an address of {length} bytes, which is wrong for its network {network} ({(AddressNetwork)network}).")
            : address;
    }
}
