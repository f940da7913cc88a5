using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Connmgr.Bitcoin;

/// <summary>The first message of each side of a connection, with the sender's version, services and wishes. Immutable.</summary>
public sealed record VersionMessage
{
    /// <summary>The longest user agent allowed, in bytes: 256, as in Bitcoin Core.</summary>
    public const int MaxUserAgentLength = 256;

    /// <summary>Creates a message, to be filled by an initializer.</summary>
    public VersionMessage()
    {
    }

    [SetsRequiredMembers]
    private VersionMessage(ref PayloadReader reader)
    {
        ProtocolVersion = reader.ReadInt32();
        Services = (NodeServices)reader.ReadUInt64();
        Timestamp = reader.ReadInt64();
        Receiver = ReadAddress(ref reader);

        if (!reader.IsAtEnd)
            (Sender, Nonce) = (ReadAddress(ref reader), reader.ReadUInt64());

        if (!reader.IsAtEnd)
            UserAgent = ReadUserAgent(ref reader);

        if (!reader.IsAtEnd)
            StartHeight = reader.ReadInt32();

        if (!reader.IsAtEnd)
            Relay = reader.ReadByte() != 0;
    }

    /// <summary>The protocol version that the sender speaks, such as 70016.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>The services that the sender offers.</summary>
    public NodeServices Services { get; init; }

    /// <summary>The sender's clock, in seconds since 1970. From a peer it may be any number.</summary>
    public long Timestamp { get; init; }

    /// <summary>The receiver's address, as the sender sees it.</summary>
    public VersionAddress Receiver { get; init; } = VersionAddress.None;

    /// <summary>The sender's address, as it claims. Bitcoin Core sends its services without an address.</summary>
    public VersionAddress Sender { get; init; } = VersionAddress.None;

    /// <summary>A random number, by which a node recognizes a connection to itself.</summary>
    public ulong Nonce { get; init; }

    /// <summary>The sender's program (BIP14). In a decoded message, characters that are not printable ASCII are replaced by '?'.</summary>
    public string UserAgent { get; init; } = "";

    /// <summary>The height of the sender's best block; -1 if the message does not contain it.</summary>
    public int StartHeight { get; init; } = -1;

    /// <summary>True when the sender wants transactions announced before it asks for them (BIP37).</summary>
    public bool Relay { get; init; } = true;

    /// <summary>
    /// Reads a version message. All fields from the sender's address on may be missing, as in Bitcoin Core. Bytes after the last field are
    /// ignored.
    /// </summary>
    /// <param name="payload">The payload of the message.</param>
    /// <returns>The message.</returns>
    /// <exception cref="BitcoinProtocolException">
    /// <see cref="ProtocolViolation.BadVersionMessage"/> or <see cref="ProtocolViolation.UserAgentTooLong"/>.
    /// </exception>
    public static VersionMessage Decode(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, MessageCommand.Version, ProtocolViolation.BadVersionMessage);
        return new(ref reader);
    }

    /// <summary>Writes the message with all its fields.</summary>
    /// <returns>The payload.</returns>
    /// <exception cref="InvalidOperationException">The user agent is longer than 256 bytes, or not printable ASCII.</exception>
    public byte[] Encode()
    {
        if (UserAgentError(UserAgent) is { } error)
            throw new InvalidOperationException(error);

        var writer = new PayloadWriter();
        writer.WriteInt32(ProtocolVersion);
        writer.WriteUInt64((ulong)Services);
        writer.WriteInt64(Timestamp);
        WriteAddress(writer, Receiver);
        WriteAddress(writer, Sender);
        writer.WriteUInt64(Nonce);
        writer.WriteCompactSize((ulong)UserAgent.Length);
        writer.WriteBytes(Encoding.ASCII.GetBytes(UserAgent));
        writer.WriteInt32(StartHeight);
        writer.WriteByte(Relay ? (byte)1 : (byte)0);
        return writer.ToArray();
    }

    /// <summary>Gets the error of a user agent to send; null if it is valid.</summary>
    internal static string? UserAgentError(string userAgent)
    {
        if (userAgent.Length > MaxUserAgentLength)
            return $"The user agent has {userAgent.Length} characters; peers accept {MaxUserAgentLength}.";

        return userAgent.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? "The user agent has characters that are not printable ASCII."
            : null;
    }

    private static string ReadUserAgent(ref PayloadReader reader)
    {
        var length = reader.ReadCompactSize();
        if (length > MaxUserAgentLength)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.UserAgentTooLong,
                $"The user agent claims {length} bytes; {MaxUserAgentLength} are allowed.");
        }

        return reader.ReadPrintableAscii((int)length);
    }

    private static VersionAddress ReadAddress(ref PayloadReader reader)
    {
        var services = (NodeServices)reader.ReadUInt64();
        var address = new IPAddress(reader.ReadBytes(16));
        return new(services, address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, reader.ReadUInt16BigEndian());
    }

    private static void WriteAddress(PayloadWriter writer, VersionAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.Address.MapToIPv6().TryWriteBytes(bytes, out _);
        writer.WriteUInt64((ulong)address.Services);
        writer.WriteBytes(bytes);
        writer.WriteUInt16BigEndian(address.Port);
    }
}

/// <summary>The protocol versions at which the protocol changed.</summary>
internal static class ProtocolVersions
{
    /// <summary>The version of this library, and of Bitcoin Core 32.</summary>
    public const int Current = FirstWithFeatures;

    /// <summary>The first version with feature messages (BIP434).</summary>
    public const int FirstWithFeatures = 70017;

    /// <summary>The first version whose peers know wtxidrelay, and tolerate unknown messages before verack (BIP339).</summary>
    public const int FirstWithWtxidRelay = 70016;

    /// <summary>The first version with compact blocks (BIP152).</summary>
    public const int FirstWithCompactBlocks = 70014;

    /// <summary>The first version with feefilter (BIP133).</summary>
    public const int FirstWithFeeFilter = 70013;

    /// <summary>The first version with sendheaders (BIP130).</summary>
    public const int FirstWithSendHeaders = 70012;

    /// <summary>The first version in which a ping is answered by a pong (BIP31).</summary>
    public const int FirstWithPong = 60001;
}
