namespace Connmgr.Bitcoin;

/// <summary>
/// The two messages that tell of addresses: addr, which knows IPv4 and IPv6, and addrv2 (BIP155), which knows every network. Limits are
/// those of Bitcoin Core and BIP155. Thread-safe.
/// </summary>
public static class AddressMessage
{
    /// <summary>The most entries in one message: 1000.</summary>
    public const int MaxEntries = 1000;

    /// <summary>Whether a message is one of the two.</summary>
    /// <param name="command">Its command.</param>
    /// <returns>True for addr and addrv2.</returns>
    public static bool Is(MessageCommand command) => command == MessageCommand.Addr || command == MessageCommand.AddrV2;

    /// <summary>
    /// Reads a message. Entries that stand for no peer are left out: networks that are unknown or gone (Tor v2), IPv4 or Tor v2 dressed up
    /// as IPv6, internal addresses and <c>::</c>. Nothing else is judged: an address may be private, its port 0, its time in the future.
    /// </summary>
    /// <param name="command">addr or addrv2: which form the payload has.</param>
    /// <param name="payload">The payload. Bytes after the last entry are let pass, as by Bitcoin Core.</param>
    /// <returns>
    /// The addresses, at most <see cref="MaxEntries"/>. The array is all that is allocated, and only once the limits are known to hold.
    /// </returns>
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
    /// Writes addresses as messages of at most <see cref="MaxEntries"/> each, in their order. What the form cannot say is left out:
    /// internal addresses and <c>::</c>, and in addr all but IPv4 and IPv6. Send addrv2 only to peers that asked for it
    /// (<see cref="BitcoinPeer.WantsAddrV2"/>).
    /// </summary>
    /// <param name="command">addr or addrv2.</param>
    /// <param name="addresses">The addresses. A time before 1970 or after 2106 becomes the nearest that the form can say.</param>
    /// <returns>The payloads; none when there is nothing to say.</returns>
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

    /// <summary>Whether a message can hold an address.</summary>
    internal static bool CanHold(MessageCommand command, in NetworkAddress address) =>
        address != default
        && address.Network != AddressNetwork.Internal
        && (address.IsV1Compatible || command == MessageCommand.AddrV2);

    private static void RequireForm(MessageCommand command)
    {
        if (!Is(command))
            throw new ArgumentException($"'{command}' is no message of addresses: give addr or addrv2.", nameof(command));
    }
}
