using Connmgr.Bitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>Handles NBitcoin's payloads in a <see cref="PeerNetwork"/>.</summary>
public static class PeerNetworkOptionsExtensions
{
    /// <summary>
    /// Adds a handler for one type of payload. The commands of all handlers become the network's interest
    /// (<see cref="PeerNetworkOptions.MessageCommands"/>), unless <see cref="PeerNetworkOptions.OnMessage"/> gets all messages. Handlers of
    /// the same type are called in the order in which they were added, one message of a peer at a time.
    /// </summary>
    /// <typeparam name="T">The type of payload, for example <see cref="HeadersPayload"/>.</typeparam>
    /// <param name="options">The options. Set <see cref="PeerNetworkOptions.OnMessage"/> before: it keeps the messages that have no handler here.</param>
    /// <param name="handler">
    /// The handler. The payload is the handler's to keep. The token is cancelled when the connection ends. An exception ends the connection.
    /// A malformed payload reaches no handler: the message is ignored and counted (<see cref="BitcoinPeer.MessagesIgnored"/>), as in Bitcoin
    /// Core.
    /// </param>
    /// <returns>The options, so that calls can be chained.</returns>
    /// <exception cref="ArgumentException">The type of payload has no command.</exception>
    public static PeerNetworkOptions OnPayload<T>(this PeerNetworkOptions options, Func<BitcoinPeer, T, CancellationToken, ValueTask> handler)
        where T : Payload, new()
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        var command = new T().GetCommand();
        if (options.OnMessage?.Target is not PayloadDispatcher dispatcher)
        {
            dispatcher = new(options.OnMessage);
            if (options.OnMessage is null)
                options.MessageCommands ??= [];
            options.OnMessage = dispatcher.OnMessageAsync;
        }

        dispatcher.Add(command, handler);
        if ((options.MessageCommands ?? options.Protocol?.MessageCommands) is { } commands && !commands.Contains(command))
            options.MessageCommands = [.. commands, command];
        return options;
    }
}
