namespace Connmgr;

/// <summary>A call that waits for the loop: what the loop is to do, what with, and the task that the caller awaits, in one object.</summary>
internal sealed class Reply<TSubject, TReply>(TSubject subject, Func<ConnectionManager, TSubject, TimeSpan, TReply> apply, TaskCreationOptions taskOptions)
    : TaskCompletionSource<TReply>(taskOptions), IReply
{
    private TReply? _answer;

    /// <inheritdoc/>
    public void Decide(ConnectionManager manager, TimeSpan now) => _answer = apply(manager, subject, now);

    /// <inheritdoc/>
    public void Answer() => TrySetResult(_answer!);

    /// <inheritdoc/>
    public void Fail(Exception exception) => TrySetException(exception);
}

/// <summary>A <see cref="Reply{TSubject, TReply}"/> of any kind.</summary>
internal interface IReply
{
    /// <summary>Does what was asked for. On the loop.</summary>
    void Decide(ConnectionManager manager, TimeSpan now);

    /// <summary>Tells the caller the result, once the effects of the decision are carried out: what it ended does not begin any more.</summary>
    void Answer();

    /// <summary>Says that it will never be done: the loop has ended.</summary>
    void Fail(Exception exception);
}
