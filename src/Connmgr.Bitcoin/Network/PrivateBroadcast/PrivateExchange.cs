using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr.Bitcoin;

/// <summary>
/// The conversation of one connection that sends one transaction and nothing else: inv, the transaction when the peer asks for it, and a ping
/// whose pong confirms that the peer has read it. Everything else that the peer sends is ignored, pings included, as in Bitcoin Core.
/// </summary>
/// <param name="transaction">The transaction.</param>
internal sealed class PrivateExchange(PrivateTransaction transaction)
{
    private const int HashLength = 32;
    private const int ItemLength = sizeof(uint) + HashLength;

    private readonly TaskCompletionSource<bool> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(sizeof(ulong));

    /// <summary>A task that completes with true when the peer has confirmed the transaction, and with false when the connection ends before.</summary>
    public Task<bool> Received => _received.Task;

    /// <summary>Runs the conversation.</summary>
    /// <param name="session">The connection, after its handshake. It is disposed of.</param>
    /// <param name="cancellationToken">Ends the conversation.</param>
    public async Task RunAsync(HandshakeSession session, CancellationToken cancellationToken)
    {
        await using (session.ConfigureAwait(false))
        {
            try
            {
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Lifetime.Token);
                session.Reader.Interest = new MessageInterest([]).Share(MessageCommand.GetData);
                var knowsWitnesses = session.Result.Version.Services.HasFlag(NodeServices.Witness);
                await TalkAsync(session.Reader, session.Writer, knowsWitnesses, ending.Token).ConfigureAwait(false);
            }
            finally
            {
                _received.TrySetResult(false);
            }
        }
    }

    private async Task TalkAsync(FrameReader reader, FrameWriter writer, bool knowsWitnesses, CancellationToken cancellationToken)
    {
        var isSent = false;
        await writer.WriteAsync(MessageCommand.Inv, CreateInv(), cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (!isSent && message.Command == MessageCommand.GetData && Asks(message.Payload.Span) is { } withWitnesses)
            {
                // Bitcoin Core asks without the flag for witnesses, because this side offers none, and rejects the transaction without them.
                isSent = true;
                await writer.WriteAsync(MessageCommand.Tx, withWitnesses || knowsWitnesses ? transaction.Bytes : transaction.Stripped, cancellationToken).ConfigureAwait(false);
                await writer.WriteAsync(MessageCommand.Ping, _nonce, cancellationToken).ConfigureAwait(false);
            }
            else if (isSent && message.Command == MessageCommand.Pong && message.Payload.Span.StartsWith(_nonce))
            {
                _received.TrySetResult(true);
                return;
            }
        }
    }

    private byte[] CreateInv()
    {
        // By its txid: wtxids need a negotiation, by which connections of this kind would differ.
        var inv = new byte[1 + ItemLength];
        inv[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(inv.AsSpan(1), (uint)InventoryType.Transaction);
        transaction.TxId.CopyTo(inv, 1 + sizeof(uint));
        return inv;
    }

    /// <summary>Determines whether a getdata asks for the transaction.</summary>
    /// <returns>True or false for a transaction with or without witnesses; null if it does not ask for it.</returns>
    private bool? Asks(ReadOnlySpan<byte> getData)
    {
        for (var items = getData[(getData.Length % ItemLength)..]; items.Length >= ItemLength; items = items[ItemLength..])
        {
            if (!items[sizeof(uint)..ItemLength].SequenceEqual(transaction.TxId))
                continue;
            switch ((InventoryType)BinaryPrimitives.ReadUInt32LittleEndian(items))
            {
                case InventoryType.WitnessTransaction:
                    return true;
                case InventoryType.Transaction:
                    return false;
            }
        }

        return null;
    }
}
