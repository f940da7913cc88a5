using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The 24 bytes before each payload of the v1 transport: magic, command, length, checksum.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrameHeader
{
    /// <summary>The length of a header on the wire, in bytes.</summary>
    public const int Size = 24;

    /// <summary>
    /// The length of the longest payload, in bytes: 4,000,000, as in Bitcoin Core. Other chains may allow another length
    /// (<see cref="ChainParameters.MaxPayloadLength"/>).
    /// </summary>
    public const int MaxPayloadLength = ChainParameters.DefaultMaxPayloadLength;

    internal const int CommandOffset = 4;
    internal const int LengthOffset = 16;
    private const int ChecksumOffset = 20;

    /// <summary>The chain's magic. The first byte on the wire is the lowest.</summary>
    public required uint Magic { get; init; }

    /// <summary>The command, which is the kind of message.</summary>
    public required MessageCommand Command { get; init; }

    /// <summary>The length of the payload, in bytes.</summary>
    public required int PayloadLength { get; init; }

    /// <summary>The first four bytes of the payload's double SHA-256. The first byte on the wire is the lowest.</summary>
    public required uint Checksum { get; init; }

    /// <summary>Gets the magic of a chain as this type compares it.</summary>
    /// <param name="chain">The chain.</param>
    /// <returns>The four bytes, the first one lowest.</returns>
    public static uint GetMagic(ChainParameters chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return BinaryPrimitives.ReadUInt32LittleEndian(chain.Magic.AsSpan());
    }

    /// <summary>Creates the header of a payload.</summary>
    /// <param name="magic">The magic, as <see cref="GetMagic"/> returns it.</param>
    /// <param name="command">The command, which is the kind of message.</param>
    /// <param name="payload">The payload.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ArgumentException">The command is empty, or the payload is longer than <see cref="MaxPayloadLength"/>.</exception>
    public static FrameHeader Create(uint magic, MessageCommand command, ReadOnlySpan<byte> payload) =>
        Create(FrameFormat.FromMagic(magic), command, payload);

    /// <summary>Creates the header of a payload in a format.</summary>
    internal static FrameHeader Create(in FrameFormat format, MessageCommand command, ReadOnlySpan<byte> payload)
    {
        if (command.IsEmpty)
            throw new ArgumentException("The message has no command: make one with new MessageCommand(\"...\").", nameof(command));

        if (payload.Length > format.MaxPayloadLength)
        {
            throw new ArgumentException(
                Invariant($"A payload of {payload.Length} bytes is longer than the {format.MaxPayloadLength} that peers accept."), nameof(payload));
        }

        return new() { Magic = format.Magic, Command = command, PayloadLength = payload.Length, Checksum = format.ComputeChecksum(payload) };
    }

    /// <summary>Reads and checks a header. The length is checked before any buffer is allocated for it.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <param name="magic">The magic that the header must have.</param>
    /// <returns>The header.</returns>
    /// <exception cref="BitcoinProtocolException">The magic or the command is wrong, or the message is too large.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> source, uint magic)
    {
        var header = ReadAnyCommand(source, FrameFormat.FromMagic(magic));
        return header.Command.IsEmpty
            ? throw new BitcoinProtocolException(
                ProtocolViolation.BadCommand,
                $"The bytes {Convert.ToHexStringLower(source.Slice(CommandOffset, MessageCommand.Size))} are not a valid command of a message.")
            : header;
    }

    /// <summary>Checks the part of the magic that has arrived. The first wrong byte suffices.</summary>
    /// <exception cref="BitcoinProtocolException">The magic is wrong.</exception>
    internal static void RequireMagic(ReadOnlySpan<byte> source, uint magic)
    {
        Span<byte> expected = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(expected, magic);
        var found = source[..Math.Min(sizeof(uint), source.Length)];
        if (!expected.StartsWith(found))
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.WrongMagic,
                $"A message begins with {Convert.ToHexStringLower(found)}, not with the chain's magic {Convert.ToHexStringLower(expected)}.");
        }
    }

    /// <summary>Reads a header as <see cref="Read"/> does, but gives it an empty command if the command is malformed.</summary>
    internal static FrameHeader ReadAnyCommand(ReadOnlySpan<byte> source, in FrameFormat format)
    {
        RequireMagic(source, format.Magic);

        _ = MessageCommand.TryRead(source[CommandOffset..], out var command);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(source[LengthOffset..]);
        if (length > format.MaxPayloadLength)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.MessageTooLarge,
                Invariant($"A message '{command}' claims {length} bytes; {format.MaxPayloadLength} are allowed."));
        }

        return new()
        {
            Magic = format.Magic,
            Command = command,
            PayloadLength = (int)length,
            Checksum = BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]),
        };
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        Command.Write(destination[CommandOffset..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination[LengthOffset..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Checksum);
    }

    /// <summary>Determines whether a payload has the checksum of the header.</summary>
    internal bool Matches(ReadOnlySpan<byte> payload, in FrameFormat format) => format.ComputeChecksum(payload) == Checksum;

    /// <summary>Verifies a payload by Bitcoin's checksum.</summary>
    /// <param name="payload">The payload, <see cref="PayloadLength"/> bytes.</param>
    /// <exception cref="BitcoinProtocolException">Its checksum differs from the header's.</exception>
    public void Verify(ReadOnlySpan<byte> payload)
    {
        var actual = FrameFormat.FromMagic(Magic).ComputeChecksum(payload);
        if (actual != Checksum)
        {
            throw new BitcoinProtocolException(
                ProtocolViolation.BadChecksum,
                Invariant($"A message '{Command}' of {PayloadLength} bytes carries the checksum ") +
                $"{BinaryPrimitives.ReverseEndianness(Checksum):x8}; its payload gives {BinaryPrimitives.ReverseEndianness(actual):x8}.");
        }
    }
}
