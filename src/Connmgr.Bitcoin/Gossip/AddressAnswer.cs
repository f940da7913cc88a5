namespace Connmgr.Bitcoin;

/// <summary>An answer to getaddr, ready to be sent in either form.</summary>
/// <param name="Addr">The payload of an addr; null when there is nothing that it could say.</param>
/// <param name="AddrV2">The payload of an addrv2; null when there is nothing to say.</param>
internal sealed record AddressAnswer(byte[]? Addr, byte[]? AddrV2)
{
    public static AddressAnswer Of(ReadOnlySpan<PeerAddress> addresses) =>
        new(Single(MessageCommand.Addr, addresses), Single(MessageCommand.AddrV2, addresses));

    private static byte[]? Single(MessageCommand command, ReadOnlySpan<PeerAddress> addresses) =>
        AddressMessage.Encode(command, addresses) is [var payload] ? payload : null;
}
