namespace Connmgr;

/// <summary>Calls to user code that were not waited for to their end, because they ignored their token.</summary>
internal static class LateTask
{
    /// <summary>Observes the exception of a call that has no waiting caller any more. Does nothing when it has ended.</summary>
    public static void Observe(Task call)
    {
        if (!call.IsCompleted)
        {
            _ = call.ContinueWith(
                static late => _ = late.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
