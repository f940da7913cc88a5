namespace Connmgr;

/// <summary>A public call that waits for the loop: the decision to make, its argument, and the task that the caller awaits, in one object.</summary>
internal sealed class Reply<TSubject, TReply>(TSubject subject, Func<ManagerInputs, TSubject, TimeSpan, TReply> decide, TaskCreationOptions taskOptions)
    : TaskCompletionSource<TReply>(taskOptions), IReply
{
    private TReply? _answer;

    /// <inheritdoc/>
    public void Decide(ManagerInputs inputs, TimeSpan now) => _answer = decide(inputs, subject, now);

    /// <inheritdoc/>
    public void Answer() => TrySetResult(_answer!);

    /// <inheritdoc/>
    public void Fail(Exception exception) => TrySetException(exception);
}

/// <summary>A <see cref="Reply{TSubject, TReply}"/> of any type.</summary>
internal interface IReply
{
    /// <summary>Makes the decision. Called by the loop only.</summary>
    void Decide(ManagerInputs inputs, TimeSpan now);

    /// <summary>
    /// Gives the caller the result. Called once the effects of the decision are executed: from then on, no work of anything that it ended
    /// starts. Design C-18.
    /// </summary>
    void Answer();

    /// <summary>Fails the call, which is never decided: the loop has ended.</summary>
    void Fail(Exception exception);
}
