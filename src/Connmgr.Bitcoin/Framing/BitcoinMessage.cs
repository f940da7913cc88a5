using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A message that was received, with a valid checksum. The payload is in a pooled buffer, and is valid only until the handler of the
/// message returns, or until the next read: copy the bytes that you keep.
/// </summary>
/// <param name="Command">The command, which is the kind of message.</param>
/// <param name="Payload">The payload, 0 to <see cref="ChainParameters.MaxPayloadLength"/> bytes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BitcoinMessage(MessageCommand Command, ReadOnlyMemory<byte> Payload)
{
    /// <summary>True when the payload is only the part that the library needs: no handler gets the message.</summary>
    internal bool IsPart { get; init; }
}
