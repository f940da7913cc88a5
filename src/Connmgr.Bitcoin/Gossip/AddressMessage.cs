namespace Connmgr.Bitcoin;

/// <summary>
/// Reads and writes the two messages that contain addresses: addr, which is limited to IPv4 and IPv6, and addrv2 (BIP155), for every
/// network. The limits are those of Bitcoin Core and BIP155. Thread-safe.
/// </summary>
public static class AddressMessage
{
    /// <summary>The most entries in one message: 1000.</summary>
    public const int MaxEntries = 1000;

    /// <summary>Determines whether a message is one of the two.</summary>
    /// <param name="command">The command of the message.</param>
    /// <returns>True for addr and addrv2.</returns>
    public static bool IsAddressCommand(MessageCommand command) => command == MessageCommand.Addr || command == MessageCommand.AddrV2;

    /// <summary>
    /// Reads a message. Entries that can't be a peer's address are left out: unknown or retired networks (Tor v2), IPv4 or Tor v2 embedded
    /// in IPv6, internal addresses and <c>::</c>. Nothing else is checked: an address may be private, its port 0, its time in the future.
    /// </summary>
    /// <param name="command">The form of the payload: addr or addrv2.</param>
    /// <param name="payload">The payload. Bytes after the last entry are ignored, as in Bitcoin Core.</param>
    /// <returns>The addresses, at most <see cref="MaxEntries"/>. Only the array is allocated, once the limits have been checked.</returns>
    /// <exception cref="BitcoinProtocolException">
    /// <see cref="ProtocolViolation.TooManyAddresses"/>, <see cref="ProtocolViolation.AddressTooLong"/>,
    /// <see cref="ProtocolViolation.WrongAddressLength"/> or <see cref="ProtocolViolation.BadPayload"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The command is neither addr nor addrv2.</exception>
    public static PeerAddress[] Decode(MessageCommand command, ReadOnlySpan<byte> payload)
    {
        RequireForm(command);
        var reader = new AddressMessageReader(command, payload);
        var addresses = new PeerAddress[reader.Entries];
        var read = reader.Read(addresses);
        return read == addresses.Length ? addresses : addresses[..read];
    }

    /// <summary>
    /// Writes addresses as messages of at most <see cref="MaxEntries"/> each, in their order. Addresses that the form can't hold are left
    /// out: internal addresses and <c>::</c>, and in addr all but IPv4 and IPv6. Send addrv2 only to peers that asked for it
    /// (<see cref="BitcoinPeer.WantsAddrV2"/>).
    /// </summary>
    /// <param name="command">The form: addr or addrv2.</param>
    /// <param name="addresses">The addresses. A time before 1970 or after 2106 becomes the nearest that the form can hold.</param>
    /// <returns>The payloads; none if the form can hold none of the addresses.</returns>
    /// <exception cref="ArgumentException">The command is neither addr nor addrv2.</exception>
    public static IReadOnlyList<byte[]> Encode(MessageCommand command, ReadOnlySpan<PeerAddress> addresses)
    {
        RequireForm(command);
        var payloads = new List<byte[]>(1 + addresses.Length / MaxEntries);
        while (addresses.Length > 0)
        {
            if (AddressMessageWriter.WriteSome(command, ref addresses) is { } payload)
                payloads.Add(payload);
        }

        return payloads;
    }

    /// <summary>Determines whether a message can hold an address.</summary>
    internal static bool CanHold(MessageCommand command, in NetworkAddress address) =>
        address != default
        && address.Network != AddressNetwork.Internal
        && (address.IsV1Compatible || command == MessageCommand.AddrV2);

    private static void RequireForm(MessageCommand command)
    {
        if (!IsAddressCommand(command))
            throw new ArgumentException($"'{command}' contains no addresses: use addr or addrv2.", nameof(command));
    }
}
