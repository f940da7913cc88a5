namespace Connmgr.Bitcoin;

/// <summary>
/// The part of a <see cref="ReceiveBudget"/> that one connection holds: the buffer of the message that is arriving, if it is larger than
/// the small one that every connection may have. Its reader calls the methods, one at a time; the share uses the other members, under the
/// budget's lock.
/// </summary>
internal sealed class ReceiveLease(ReceiveBudget budget, ReceiveShare share, bool isInbound, Action close, Action? onRoom = null)
{
    /// <summary>True for an inbound connection. In a share, these are closed first.</summary>
    public bool IsInbound { get; } = isInbound;

    /// <summary>The callback that ends the connection. Called under the budget's lock: it must not block or run user code.</summary>
    public Action Close { get; } = close;

    /// <summary>
    /// The callback after <see cref="TryHold"/> has returned false, when there may be room. Called under the budget's lock, as
    /// <see cref="Close"/> is.
    /// </summary>
    public Action? OnRoom { get; } = onRoom;

    internal ReceiveShare Share { get; } = share;

    /// <summary>The number of bytes held.</summary>
    internal int Held { get; set; }

    /// <summary>The sum of bytes times ticks for which the peer was responsible.</summary>
    internal double Weight { get; set; }

    /// <summary>The ticks for which the peer was responsible, before <see cref="HeldSince"/>.</summary>
    internal long HeldFor { get; set; }

    /// <summary>The time since which the peer has been responsible for the bytes held; null while it is not.</summary>
    internal long? HeldSince { get; set; }

    /// <summary>The wait for more bytes; null if the connection does not wait.</summary>
    internal ReceiveWait? Wait { get; set; }

    /// <summary>True when the connection was chosen to be closed, and has not released its bytes yet.</summary>
    internal bool IsClosing { get; set; }

    /// <summary>True until the next call of <see cref="OnRoom"/>.</summary>
    internal bool IsRefused { get; set; }

    /// <summary>Gets room for more of a message, once there is some.</summary>
    /// <param name="held">The bytes to hold from then on, more than now.</param>
    /// <param name="need">The bytes that the whole message will take.</param>
    /// <param name="cancellationToken">Ends the wait. The bytes held so far stay.</param>
    /// <returns>A task that completes when the bytes are held.</returns>
    public ValueTask GrowAsync(int held, int need, CancellationToken cancellationToken) => budget.GrowAsync(this, held, need, cancellationToken);

    /// <summary>
    /// Gets room for bytes that wait for the program, at once or not at all. The peer is not responsible for them. For a lease whose other
    /// methods but <see cref="Release"/> are not used.
    /// </summary>
    /// <param name="held">The bytes to hold from then on.</param>
    /// <returns>False if there is no room; then nothing has changed.</returns>
    public bool TryHold(int held) => budget.TryHold(this, held);

    /// <summary>Creates another lease of the same connection, which holds nothing.</summary>
    /// <param name="onRoom">The callback of <see cref="OnRoom"/>; null for none.</param>
    public ReceiveLease Renew(Action? onRoom = null) => new(budget, Share, IsInbound, Close, onRoom);

    /// <summary>Notes that the message has arrived: from here on the handler is responsible for the bytes.</summary>
    public void MarkArrived() => budget.MarkArrived(this);

    /// <summary>Releases all bytes.</summary>
    public void Release() => budget.Release(this);
}
