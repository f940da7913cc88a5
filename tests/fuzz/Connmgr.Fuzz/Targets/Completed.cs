namespace Connmgr.Fuzz;

/// <summary>Takes the results of reads of bytes that are there, which wait for nothing.</summary>
internal static class Completed
{
#pragma warning disable VSTHRD002 // They have completed.
    public static T Get<T>(ValueTask<T> task)
    {
        FuzzFailure.Unless(task.IsCompleted, "a read of bytes that are there waits for nothing");
        return task.GetAwaiter().GetResult();
    }

    public static T Get<T>(Task<T> task) => Get(new ValueTask<T>(task));

    /// <summary>Waits for a task that may go on at another thread, as one does that cancels others.</summary>
    public static void Await(Task task)
    {
#pragma warning disable RS0030 // A program for one thing at a time.
        FuzzFailure.Unless(task.Wait(TimeSpan.FromSeconds(15)), "a conversation whose bytes are there ends");
#pragma warning restore RS0030
    }
#pragma warning restore VSTHRD002
}
