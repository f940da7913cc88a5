namespace Connmgr;

/// <summary>Handles calls to user code that are no longer awaited because they ignored their token.</summary>
internal static class LateTask
{
    /// <summary>Observes the exception of a call that has no caller any more. Does nothing if it has ended.</summary>
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
