using Connmgr.Bitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>Hands payloads to the handlers of their types. Not changed once the network runs.</summary>
/// <param name="others">The handler of all other messages; null for none.</param>
internal sealed class PayloadDispatcher(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? others)
{
    private readonly Dictionary<MessageCommand, Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>> _handlers = [];

    public void Add<T>(MessageCommand command, Func<BitcoinPeer, T, CancellationToken, ValueTask> handler)
        where T : Payload, new()
    {
        var earlier = _handlers.GetValueOrDefault(command);
        _handlers[command] = async (peer, message, token) =>
        {
            if (earlier is not null)
                await earlier(peer, message, token).ConfigureAwait(false);
            await handler(peer, PayloadFormat.ForPeer(peer).Read<T>(message.Command, message.Payload), token).ConfigureAwait(false);
        };
    }

    public ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken) =>
        _handlers.TryGetValue(message.Command, out var handler) ? handler(peer, message, cancellationToken)
        : others?.Invoke(peer, message, cancellationToken) ?? ValueTask.CompletedTask;
}
