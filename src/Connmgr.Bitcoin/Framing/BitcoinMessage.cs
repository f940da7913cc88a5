using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// A message as it came from the wire, its checksum verified. The payload lies in a pooled buffer and is valid only until the call
/// that it was handed to returns, or until the next read: copy what is to be kept.
/// </summary>
/// <param name="Command">The kind of message.</param>
/// <param name="Payload">Its content, of 0 to 4,000,000 bytes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BitcoinMessage(MessageCommand Command, ReadOnlyMemory<byte> Payload);
