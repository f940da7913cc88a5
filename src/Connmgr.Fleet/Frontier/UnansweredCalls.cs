namespace Connmgr.Fleet;

/// <summary>
/// The calls of a <see cref="RedisFrontier"/> that failed, though Redis may have carried them out. Made again, they get the answer that was
/// lost. Bounded, for callers that do not make them again. Thread-safe.
/// </summary>
internal sealed class UnansweredCalls
{
    private const int MaxTokens = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _tokens = []; // Of leases whose results were sent.
    private (long Round, string Call)? _end; // The last call that may have ended a round.

    /// <summary>Determines whether the result of a lease was sent.</summary>
    public bool Contains(long token)
    {
        lock (_lock)
            return _tokens.Contains(token);
    }

    public void Add(IReadOnlyCollection<long> tokens)
    {
        lock (_lock)
        {
            if (_tokens.Count + tokens.Count > MaxTokens)
                _tokens.Clear(); // No caller makes those calls again.
            _tokens.UnionWith(tokens);
        }
    }

    public void Remove(IEnumerable<long> tokens)
    {
        lock (_lock)
            _tokens.ExceptWith(tokens);
    }

    /// <summary>Takes the name of the call that may have ended a round. Two calls at the same time thus have different names, and one succeeds.</summary>
    public string? TakeEnd(long round)
    {
        lock (_lock)
        {
            if (_end is not { } end || end.Round != round)
                return null;
            _end = null;
            return end.Call;
        }
    }

    public void PutEnd(long round, string call)
    {
        lock (_lock)
            _end = (round, call);
    }
}
