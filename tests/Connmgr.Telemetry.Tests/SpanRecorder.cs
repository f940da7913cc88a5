using System.Collections.Concurrent;
using System.Diagnostics;

namespace Connmgr.Telemetry.Tests;

/// <summary>The spans of Connmgr that were ended while it was there. The source is the process's: tests that trace run one at a time, and tell theirs by the instance.</summary>
internal sealed class SpanRecorder : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = new();
    private int _begun;

    public SpanRecorder()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => string.Equals(source.Name, ConnmgrTelemetry.ActivitySourceName, StringComparison.Ordinal),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => Interlocked.Increment(ref _begun),
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Ended => [.. _ended];

    /// <summary>Spans that have not ended.</summary>
    public int Open => Volatile.Read(ref _begun) - _ended.Count;

    public Activity Single(string name) => Xunit.Assert.Single(Ended, span => string.Equals(span.OperationName, name, StringComparison.Ordinal));

    public void Dispose() => _listener.Dispose();
}
