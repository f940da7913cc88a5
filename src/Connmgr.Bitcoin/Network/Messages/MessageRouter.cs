using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// Passes the messages of all peers of a network to those who want them: subscribers, in the order of their subscriptions, and then the
/// handler of the options. Messages without a receiver are discarded as they arrive. Thread-safe.
/// </summary>
internal sealed class MessageRouter
{
    /// <summary>The commands that the library alone handles.</summary>
    private static readonly MessageCommand[] Kept =
    [
        MessageCommand.Version, MessageCommand.Verack, MessageCommand.WtxidRelay, MessageCommand.SendAddrV2, MessageCommand.Ping,
    ];

    private readonly HashSet<MessageCommand>? _handled; // The commands that the handler of the options gets; null for all.
    private readonly Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? _onMessage;
    private readonly Lock _lock = new();
    private readonly Dictionary<MessageCommand, int> _libraryReaders = []; // The number of parts of the library. Guarded by _lock.
    private volatile ImmutableDictionary<MessageCommand, ImmutableArray<Subscription>> _subscriptions =
        ImmutableDictionary<MessageCommand, ImmutableArray<Subscription>>.Empty; // Replaced under _lock.

    public MessageRouter(PeerNetworkOptions options, bool forwardsGossip)
    {
        _onMessage = options.OnMessage;
        var handled = options.OnMessage is null ? [] : options.MessageCommands ?? options.Protocol?.MessageCommands;
        _handled = handled?.ToHashSet();
        Interest = GossipSession.AddTo(new(handled), forwardsGossip);
    }

    /// <summary>The interest in the messages of every peer. It changes with the subscriptions.</summary>
    public MessageInterest Interest { get; }

    /// <summary>Passes the messages with a command to a handler, until the result is disposed of.</summary>
    /// <exception cref="ArgumentException">The command is empty, or one that the library alone handles.</exception>
    public IDisposable Subscribe(MessageCommand command, Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler)
    {
        if (command.IsEmpty)
            throw new ArgumentException("The command has no name: make it with new MessageCommand(\"...\").", nameof(command));
        if (Kept.Contains(command))
            throw new ArgumentException($"The library alone handles '{command}': subscribe to another command.", nameof(command));
        var subscription = new Subscription(this, command, handler);
        lock (_lock)
        {
            _subscriptions = _subscriptions.SetItem(command, GetSubscriptions(command).Add(subscription));
            UpdateInterestLocked(command);
        }

        return subscription;
    }

    /// <summary>Begins or ends the need of a part of the library to read a command.</summary>
    public void Read(MessageCommand command, bool isNeeded)
    {
        lock (_lock)
        {
            _libraryReaders[command] = _libraryReaders.GetValueOrDefault(command) + (isNeeded ? 1 : -1);
            UpdateInterestLocked(command);
        }
    }

    /// <summary>Passes a message to the subscribers of its command, and then to the handler of the options.</summary>
    /// <param name="peer">The peer that sent it.</param>
    /// <param name="message">The message, all of it.</param>
    /// <param name="isClaimed">True when only subscribers get it, since the library has handled it.</param>
    /// <param name="cancellationToken">The token of the connection.</param>
    public ValueTask HandleAsync(BitcoinPeer peer, BitcoinMessage message, bool isClaimed, CancellationToken cancellationToken)
    {
        var onMessage = isClaimed || _handled?.Contains(message.Command) == false ? null : _onMessage;
        var subscriptions = GetSubscriptions(message.Command);
        return subscriptions.IsEmpty
            ? onMessage?.Invoke(peer, message, cancellationToken) ?? default
            : HandleAllAsync(peer, message, subscriptions, onMessage, cancellationToken);
    }

    private static async ValueTask HandleAllAsync(
        BitcoinPeer peer,
        BitcoinMessage message,
        ImmutableArray<Subscription> subscriptions,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? onMessage,
        CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions)
            await subscription.Handler(peer, message, cancellationToken).ConfigureAwait(false);
        if (onMessage is not null)
            await onMessage(peer, message, cancellationToken).ConfigureAwait(false);
    }

    private ImmutableArray<Subscription> GetSubscriptions(MessageCommand command) => _subscriptions.GetValueOrDefault(command, []);

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            var left = GetSubscriptions(subscription.Command).Remove(subscription);
            _subscriptions = left.IsEmpty ? _subscriptions.Remove(subscription.Command) : _subscriptions.SetItem(subscription.Command, left);
            UpdateInterestLocked(subscription.Command);
        }
    }

    private void UpdateInterestLocked(MessageCommand command) => Interest.SetReader(
        command,
        !GetSubscriptions(command).IsEmpty ? MessageReader.Handler
            : _libraryReaders.GetValueOrDefault(command) > 0 ? MessageReader.Library
            : MessageReader.None);

    /// <summary>A handler of the messages with one command.</summary>
    private sealed class Subscription(
        MessageRouter router, MessageCommand command, Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler) : IDisposable
    {
        public MessageCommand Command => command;

        public Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> Handler => handler;

        public void Dispose() => router.Remove(this);
    }
}
