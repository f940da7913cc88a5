using System.Runtime.InteropServices;
using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;
using Services = Connmgr.Bitcoin.NodeServices;

namespace Connmgr.NBitcoin;

/// <summary>Reads and writes NBitcoin's payloads for one peer, as NBitcoin's Node does. Immutable.</summary>
/// <param name="network">The network, which creates the objects of its chain.</param>
/// <param name="version">The protocol version.</param>
/// <param name="options">The parts of transactions to write. Reading accepts all.</param>
internal sealed class PayloadFormat(Network network, uint version, TransactionOptions options)
{
    /// <summary>The format of Bitcoin's newest version.</summary>
    public static PayloadFormat Any { get; } = ForNetwork(Network.Main);

    /// <summary>Gets the format of a network's newest version.</summary>
    public static PayloadFormat ForNetwork(Network network) => new(network, network.MaxP2PVersion, TransactionOptions.Witness);

    /// <summary>Gets the format of a peer: transactions have witnesses if it offers <see cref="Services.Witness"/>.</summary>
    public static PayloadFormat ForPeer(BitcoinPeer peer, Network? network = null) => new(
        network ?? peer.GetNetwork(),
        (uint)peer.ProtocolVersion,
        peer.Version.Services.HasFlag(Services.Witness) ? TransactionOptions.Witness : TransactionOptions.None);

    /// <summary>Reads a payload. It keeps no reference to the bytes.</summary>
    /// <exception cref="BitcoinProtocolException"><see cref="ProtocolViolation.BadPayload"/>: the bytes are malformed.</exception>
    public Payload Read(MessageCommand command, ReadOnlyMemory<byte> bytes) => Read(CreatePayload(command.ToString()), command, bytes);

    /// <summary>Reads a payload of a type that the network need not know.</summary>
    /// <exception cref="BitcoinProtocolException"><see cref="ProtocolViolation.BadPayload"/>: the bytes are malformed.</exception>
    public T Read<T>(MessageCommand command, ReadOnlyMemory<byte> bytes)
        where T : Payload, new() =>
        Read(CreatePayload(command.ToString()) as T ?? new T(), command, bytes);

    /// <summary>Reads the hash of a block from the message that carries it, of which only the header is read.</summary>
    /// <exception cref="BitcoinProtocolException"><see cref="ProtocolViolation.BadPayload"/>: the header is malformed.</exception>
    public uint256 ReadBlockHash(MessageCommand command, ReadOnlyMemory<byte> bytes)
    {
        var header = network.Consensus.ConsensusFactory.CreateBlockHeader();
        Read(header, command, bytes);
        return header.GetHash();
    }

    /// <summary>Writes a payload into a pooled buffer.</summary>
    public PayloadBuffer Write(Payload payload)
    {
        // As NBitcoin's Node does: the version of the connection, whatever the payload says.
        if (payload is GetHeadersPayload headers)
            headers.Version = version;
        if (payload is GetBlocksPayload blocks)
            blocks.Version = version;

        var buffer = new PayloadBuffer();
        payload.ReadWrite(CreateStream(buffer, serializing: true));
        return buffer;
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var segment)
        ? new(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new(bytes.ToArray(), writable: false);

    /// <summary>Creates an empty payload. NBitcoin has a type for notfound, but does not create it by itself.</summary>
    private Payload CreatePayload(string command) => network.Consensus.ConsensusFactory.CreatePayload(command) is var payload
        && payload is UnknownPayload && command is "notfound" ? new NotFoundPayload() : payload;

    private TValue Read<TValue>(TValue value, MessageCommand command, ReadOnlyMemory<byte> bytes)
        where TValue : IBitcoinSerializable
    {
        var stream = CreateStream(Open(bytes), serializing: false);

        // Each element takes a byte at least, so no array is longer. NBitcoin allocates arrays by their claims: up to 4,194,304 elements.
        stream.MaxArraySize = bytes.Length;
        try
        {
            value.ReadWrite(stream);
            return value;
        }
        catch (Exception exception)
        {
            // What a malformed payload causes in NBitcoin: EndOfStreamException, FormatException, ArgumentException, OverflowException ...
            throw new BitcoinProtocolException(
                ProtocolViolation.BadPayload,
                Invariant($"NBitcoin does not read the {bytes.Length} bytes of a message '{command}': {exception.GetType().Name}, {exception.Message}"));
        }
    }

    private BitcoinStream CreateStream(Stream inner, bool serializing) => new(inner, serializing)
    {
        ConsensusFactory = network.Consensus.ConsensusFactory,
        ProtocolVersion = version,
        TransactionOptions = options,
        Type = SerializationType.Network,
    };
}
