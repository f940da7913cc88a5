using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Counts the visits of this process that failed in a round. Bounded by the numbers of phases and causes. Thread-safe.</summary>
internal sealed class CrawlTally
{
    private readonly Lock _lock = new();
    private Dictionary<(ConnectPhase Phase, ConnectFailureCause Cause), int> _failures = [];

    /// <summary>Adds a visit.</summary>
    public void Add(CrawlVisit visit)
    {
        if (visit.IsReachable)
            return;
        lock (_lock)
            _failures[(visit.FailedPhase, visit.FailureCause)] = _failures.GetValueOrDefault((visit.FailedPhase, visit.FailureCause)) + 1;
    }

    /// <summary>Gets the counts since the last call, each with the phase and the cause as its name, the most frequent first.</summary>
    public IReadOnlyList<CountItem> Take()
    {
        Dictionary<(ConnectPhase Phase, ConnectFailureCause Cause), int> taken;
        lock (_lock)
            (taken, _failures) = (_failures, []);
        return
        [
            .. taken.Select(static pair => new CountItem($"{Names.Get(pair.Key.Phase)} {Names.Get(pair.Key.Cause)}", pair.Value))
                .OrderByDescending(static item => item.Count).ThenBy(static item => item.Name, StringComparer.Ordinal),
        ];
    }
}
