using Connmgr.Bitcoin;
using NBitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>Recognizes the answer to one request. Used by one task at a time.</summary>
internal sealed class PayloadAnswer<T>
    where T : Payload, new()
{
    private readonly PayloadFormat _format;
    private readonly Func<T, bool>? _isAnswer;
    private readonly HashSet<uint256>? _wanted; // The hashes of a getdata; null for another request.

    public PayloadAnswer(PayloadFormat format, Payload request, Func<T, bool>? isAnswer)
    {
        (_format, _isAnswer) = (format, isAnswer);
        var command = new T().GetCommand();
        if (request is GetDataPayload data)
            _wanted = [.. data.Inventory.Select(static item => item.Hash)];
        Commands = _wanted is null || command == MessageCommand.NotFound ? [command] : [command, MessageCommand.NotFound];
    }

    /// <summary>The commands of messages that may be the answer.</summary>
    public IReadOnlyCollection<MessageCommand> Commands { get; }

    /// <summary>The answer, once there is one.</summary>
    public T? Payload { get; private set; }

    private static bool IsBlock => typeof(T) == typeof(BlockPayload) || typeof(T) == typeof(MerkleBlockPayload) || typeof(T) == typeof(CmpctBlockPayload);

    /// <summary>Determines whether a message is the answer, and then keeps its payload.</summary>
    /// <exception cref="KeyNotFoundException">It says that the peer does not have what was asked for.</exception>
    /// <exception cref="BitcoinProtocolException">It is malformed.</exception>
    public bool IsAnswer(BitcoinMessage message)
    {
        if (message.Command == MessageCommand.NotFound && typeof(T) != typeof(NotFoundPayload))
            return IsMissing(_format.Read<NotFoundPayload>(message.Command, message.Payload));

        // Every pending request looks at every block: the whole of it is read only by the request that it answers.
        if (_wanted is not null && IsBlock && !_wanted.Contains(_format.ReadBlockHash(message.Command, message.Payload)))
            return false;
        var payload = _format.Read<T>(message.Command, message.Payload);
        if (_wanted is not null && payload is TxPayload transaction && !IsWanted(transaction.Object))
            return false;
        if (_isAnswer?.Invoke(payload) == false)
            return false;

        Payload = payload;
        return true;
    }

    private bool IsMissing(NotFoundPayload payload) => payload.Inventory.Find(item => _wanted!.Contains(item.Hash)) is { } missing
        ? throw new KeyNotFoundException($"The peer does not have {missing.Hash}.")
        : false;

    private bool IsWanted(Transaction transaction) => _wanted!.Contains(transaction.GetHash()) || _wanted.Contains(transaction.GetWitHash());
}
