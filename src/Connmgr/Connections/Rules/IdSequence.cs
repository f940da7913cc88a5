namespace Connmgr.Rules;

/// <summary>The ids of requests and inbound connections: 1, 2, 3, …; never reused. Thread-safe.</summary>
internal sealed class IdSequence
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
