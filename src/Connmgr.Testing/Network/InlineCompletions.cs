namespace Connmgr.Testing;

/// <summary>
/// Completes operations on the thread that caused the outcome, nested in the call that caused it, so that a single-threaded test sees each
/// consequence before that call returns. Nesting is bounded: deeper completions wait for the outermost call, so a message that thousands of
/// peers forward does not exhaust the stack.
/// </summary>
internal static class InlineCompletions
{
    private const int MaxDepth = 32;

    [ThreadStatic]
    private static int s_depth;

    [ThreadStatic]
    private static Queue<ICompletion>? s_deferred;

    public static void Run(ICompletion completion)
    {
        if (s_depth >= MaxDepth)
        {
            (s_deferred ??= new()).Enqueue(completion);
            return;
        }

        // Tasks do not continue inline on a thread with a synchronization context, as some test runners set: they would move to the pool.
        var context = SynchronizationContext.Current;
        if (context is not null) SynchronizationContext.SetSynchronizationContext(null);
        s_depth++;
        try
        {
            completion.Complete();
            while (s_depth == 1 && s_deferred is { Count: > 0 } deferred) deferred.Dequeue().Complete();
        }
        finally
        {
            s_depth--;
            if (context is not null) SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}

/// <summary>An operation with a known outcome whose waiter does not know it yet.</summary>
internal interface ICompletion
{
    void Complete();
}
