namespace Connmgr;

/// <summary>A call that waits for the loop: what the loop is to do, what with, and the task that the caller awaits, in one object.</summary>
internal sealed class Reply<TSubject, TReply>(TSubject subject, Func<ConnectionManager, TSubject, TimeSpan, TReply> apply, TaskCreationOptions taskOptions)
    : TaskCompletionSource<TReply>(taskOptions), IReply
{
    /// <summary>Does it. On the loop.</summary>
    public void Give(ConnectionManager manager, TimeSpan now) => TrySetResult(apply(manager, subject, now));

    /// <inheritdoc/>
    public void Fail(Exception exception) => TrySetException(exception);
}

/// <summary>A <see cref="Reply{TSubject, TReply}"/> of any kind.</summary>
internal interface IReply
{
    /// <summary>Says that it will never be done: the loop has ended.</summary>
    void Fail(Exception exception);
}
