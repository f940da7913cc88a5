namespace Connmgr.Bitcoin.Tests;

/// <summary>The bytes that one side of the encrypted transport sends after its key, made by the library's own ciphers.</summary>
internal sealed class PacketStream
{
    private readonly List<byte> _bytes = [];
    private readonly PacketSealer _sealer;
    private byte[] _authenticated;

    public PacketStream(TransportKeys keys, byte[] garbage)
    {
        (_sealer, _authenticated) = (keys.Sealer, garbage);
        _bytes.AddRange(garbage);
        _bytes.AddRange(keys.SentTerminator);
    }

    public byte[] Bytes => [.. _bytes];

    /// <summary>Agrees on keys as two sides do, and begins the bytes of the side that dialled.</summary>
    /// <returns>The bytes, and the keys of the side that answers.</returns>
    public static (PacketStream Stream, TransportKeys Receiver) Create(int garbage = 0)
    {
        var exchange = KeyExchange.Instance!;
        var magic = Frames.Chain.Magic.AsSpan();
        using var initiator = new KeyAgreement(exchange, isInitiator: true, garbage);
        using var responder = new KeyAgreement(exchange, isInitiator: false);
        var sender = initiator.Agree(responder.FirstFlight.Span[..PacketFormat.KeySize], magic);
        var receiver = responder.Agree(initiator.FirstFlight.Span[..PacketFormat.KeySize], magic);
        Assert.Equal(sender.SessionId, receiver.SessionId);
        return (new(sender, initiator.Garbage.ToArray()), receiver);
    }

    public PacketStream Decoy(int length) => Add(new byte[length], isDecoy: true);

    public PacketStream Contents(params byte[] contents) => Add(contents, isDecoy: false);

    public PacketStream Message(string command, params byte[] payload)
    {
        var prefix = new byte[ShortIds.LongestPrefix];
        return Contents([.. prefix[..ShortIds.Write(new(command), prefix)], .. payload]);
    }

    private PacketStream Add(byte[] contents, bool isDecoy)
    {
        var packet = new byte[PacketFormat.Overhead + contents.Length];
        contents.CopyTo(packet, PacketFormat.ContentsOffset);
        _sealer.Seal(packet, isDecoy, _authenticated);
        _authenticated = [];
        _bytes.AddRange(packet);
        return this;
    }
}
