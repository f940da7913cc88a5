namespace Connmgr.Bitcoin;

/// <summary>
/// What one connection holds of a <see cref="ReceiveBudget"/>: the buffer of the message that is arriving, as far as it is longer than the
/// small one that every connection may have. Its reader calls it, one call at a time; the fields are the share's, under the budget's lock.
/// </summary>
internal sealed class ReceiveLease(ReceiveBudget budget, ReceiveShare share, bool isInbound, Action close)
{
    /// <summary>Who opened the connection: of those in a share, inbound ones are closed first.</summary>
    public bool IsInbound { get; } = isInbound;

    /// <summary>Ends the connection. Called under the budget's lock, so it must not block or run anything.</summary>
    public Action Close { get; } = close;

    internal ReceiveShare Share { get; } = share;

    /// <summary>The bytes held.</summary>
    internal int Held { get; set; }

    /// <summary>The bytes times ticks of which the peer was the cause.</summary>
    internal double Weight { get; set; }

    /// <summary>The ticks for which the peer was the cause, before <see cref="HeldSince"/>.</summary>
    internal long HeldFor { get; set; }

    /// <summary>Since when the peer has been the cause that the bytes are held; null while we are.</summary>
    internal long? HeldSince { get; set; }

    /// <summary>What it waits for; null when it does not wait.</summary>
    internal ReceiveWait? Wait { get; set; }

    /// <summary>Whether it was chosen to be closed, and has yet to let go.</summary>
    internal bool IsClosing { get; set; }

    /// <summary>Gets room for more of a message, once there is some.</summary>
    /// <param name="held">The bytes to hold from then on, more than now.</param>
    /// <param name="need">The bytes that the whole message will take.</param>
    /// <param name="cancellationToken">Ends the wait; what was held stays.</param>
    /// <returns>Completes when they are held.</returns>
    public ValueTask GrowAsync(int held, int need, CancellationToken cancellationToken) => budget.GrowAsync(this, held, need, cancellationToken);

    /// <summary>Says that the message is whole: from here on it is our handler that holds the bytes.</summary>
    public void Handle() => budget.Handle(this);

    /// <summary>Gives everything back.</summary>
    public void Release() => budget.Release(this);
}
