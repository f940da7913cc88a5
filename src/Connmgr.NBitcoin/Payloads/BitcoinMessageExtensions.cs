using System.Diagnostics.CodeAnalysis;
using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>Converts between messages of peers and NBitcoin's payloads.</summary>
public static class BitcoinMessageExtensions
{
    /// <summary>Reads NBitcoin's payload of a message. The payload keeps no reference to the message's buffer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="network">The network, whose types are created.</param>
    /// <param name="payload">
    /// The payload; an <see cref="UnknownPayload"/> if NBitcoin does not know the command. Bytes after the payload are ignored, as in
    /// Bitcoin Core.
    /// </param>
    /// <returns>False if the bytes are malformed.</returns>
    public static bool TryReadPayload(this BitcoinMessage message, Network network, [NotNullWhen(true)] out Payload? payload)
    {
        try
        {
            payload = message.ReadPayload(network);
            return true;
        }
        catch (BitcoinProtocolException)
        {
            payload = null;
            return false;
        }
    }

    /// <summary>Reads NBitcoin's payload of a message, as <see cref="TryReadPayload"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="network">The network, whose types are created.</param>
    /// <returns>The payload; an <see cref="UnknownPayload"/> if NBitcoin does not know the command.</returns>
    /// <exception cref="BitcoinProtocolException">
    /// <see cref="ProtocolViolation.BadPayload"/>: the bytes are malformed. A handler need not catch it: the message is then ignored and
    /// counted, as in Bitcoin Core.
    /// </exception>
    public static Payload ReadPayload(this BitcoinMessage message, Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return PayloadFormat.ForNetwork(network).Read(message.Command, message.Payload);
    }

    /// <summary>Creates the message of a payload, with witnesses and in the network's newest protocol version.</summary>
    /// <param name="payload">The payload. The version of a GetHeadersPayload and a GetBlocksPayload is set.</param>
    /// <param name="network">The network; null for Bitcoin's.</param>
    /// <returns>The message. Its bytes are not pooled.</returns>
    /// <exception cref="ArgumentException">The payload has no valid command.</exception>
    public static BitcoinMessage ToMessage(this Payload payload, Network? network = null)
    {
        ArgumentNullException.ThrowIfNull(payload);
        using var buffer = PayloadFormat.ForNetwork(network ?? Network.Main).Write(payload);
        return new(payload.GetCommand(), buffer.Written.ToArray());
    }

    /// <summary>Gets the command of a payload.</summary>
    internal static MessageCommand GetCommand(this Payload payload) => payload.Command is { Length: > 0 } command
        ? new(command)
        : throw new ArgumentException("The payload has no command.", nameof(payload));
}
