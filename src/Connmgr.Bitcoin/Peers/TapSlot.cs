namespace Connmgr.Bitcoin;

/// <summary>The place for one <see cref="IMessageTap"/> on a peer. Thread-safe, but <see cref="HandOverAsync"/> belongs to the peer's loop.</summary>
internal sealed class TapSlot(FrameReader reader)
{
    private readonly Lock _lock = new();
    private MessageInterest _interest = reader.Interest; // Without the tap. Under the lock.
    private IMessageTap? _tap; // Written under the lock.
    private bool _hasEnded; // True once no tap is taken any more. Under the lock.

    /// <summary>Sets the interest of the peer's handler. Called once, before the first message is read.</summary>
    public void Begin(MessageInterest interest)
    {
        lock (_lock)
        {
            _interest = interest;
            reader.Interest = _tap is null ? interest : interest.WithTap();
        }
    }

    /// <summary>Adds a tap. It gets all further messages that the library does not answer, whatever the handler's interest.</summary>
    /// <exception cref="InvalidOperationException">There is another tap.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    public void Add(IMessageTap tap)
    {
        lock (_lock)
        {
            if (_hasEnded)
                throw new IOException("The connection has ended.");
            if (_tap is not null)
                throw new InvalidOperationException("The peer has another tap.");

            _tap = tap;
            reader.Interest = _interest.WithTap();
        }
    }

    /// <summary>
    /// Removes the tap, so that <see cref="IMessageTap.OnEndAsync"/> is not called. Further messages are kept for the handler's interest only.
    /// </summary>
    /// <returns>False if the peer has ended, and calls it.</returns>
    public bool TryRemove()
    {
        lock (_lock)
        {
            _tap = null;
            reader.Interest = _interest;
            return !_hasEnded;
        }
    }

    /// <summary>Hands a message to the tap, and then to the handler, if its interest includes it.</summary>
    public async ValueTask HandOverAsync(
        BitcoinPeer peer,
        BitcoinMessage message,
        MessagePlan plan,
        Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> handler,
        CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _tap) is { } tap)
            await tap.OnMessageAsync(message, cancellationToken).ConfigureAwait(false);
        if (plan.IsHandedOver)
            await handler(peer, message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the tap that the peer has ended. Called once.</summary>
    public Task EndAsync(DisconnectReason reason)
    {
        IMessageTap? tap;
        lock (_lock)
            (tap, _tap, _hasEnded) = (_tap, null, true);
        return tap is null ? Task.CompletedTask : tap.OnEndAsync(reason);
    }
}
