namespace Connmgr.Bitcoin;

/// <summary>The program's report that no block has arrived for too long. Thread-safe.</summary>
internal sealed class StaleTip
{
    private TaskCompletionSource _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A task that completes at the next report; it is complete while <see cref="IsReported"/>.</summary>
    public Task Reported => Volatile.Read(ref _report).Task;

    /// <summary>True from a report until an extra peer has had its trial.</summary>
    public bool IsReported => Reported.IsCompleted;

    /// <summary>Reports a stale tip. Reports until <see cref="Clear"/> count as one.</summary>
    public void Report() => Volatile.Read(ref _report).TrySetResult();

    /// <summary>Takes back the report.</summary>
    public void Clear()
    {
        if (IsReported)
            Volatile.Write(ref _report, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
