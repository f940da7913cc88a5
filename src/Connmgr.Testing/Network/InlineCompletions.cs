namespace Connmgr.Testing;

/// <summary>
/// Tells waiters on the thread that caused the outcome, nested in the call that caused it, so that a test which pumps everything on one
/// thread sees each consequence before that call returns. Nesting is bounded: what would go deeper waits for the outermost call,
/// so a message that is passed on along thousands of peers does not exhaust the stack.
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

        // Tasks do not continue inline on a thread that has a context of its own, as some test runners set: they would hop to the pool.
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
