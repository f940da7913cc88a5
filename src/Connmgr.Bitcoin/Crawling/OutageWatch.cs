using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps the visits that ended without an answer until <see cref="OutageRules{T}"/> know what they were, and reports outages. Thread-safe.
/// </summary>
internal sealed class OutageWatch(NetworkCrawlerOptions options, LeaseClock clock, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly OutageRules<FinishedVisit> _rules = new(); // Under the lock.
    private bool _isReported; // The loop's: what was reported last.

    /// <summary>True while nothing answers.</summary>
    public bool IsOutage
    {
        get
        {
            lock (_lock)
                return _rules.IsOutage;
        }
    }

    /// <summary>The number of visits that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _rules.Waiting;
        }
    }

    /// <summary>The callback after what may let visits go on that wait. Set before the first visit.</summary>
    public Action OnJudged { get; set; } = static () => { };

    /// <summary>Determines whether a cause shows that something answered.</summary>
    public static bool IsAnswer(ConnectFailureCause cause) => cause is ConnectFailureCause.Refused or ConnectFailureCause.Reset or ConnectFailureCause.ProtocolViolation
        or ConnectFailureCause.UnsupportedTransport or ConnectFailureCause.SelfConnection;

    /// <summary>Adds a visit that ended without an answer.</summary>
    public void Add(FinishedVisit visit)
    {
        lock (_lock)
            _rules.Add(visit, visit.Active.StepBegan, visit.Active.Lease is { IsNew: false, Failures: 0 });
    }

    /// <summary>Takes the visits that need not wait any more: those that have failed, and those to be undone.</summary>
    public (List<FinishedVisit> Failed, List<FinishedVisit> Undone) Take()
    {
        lock (_lock)
            return _rules.Take();
    }

    /// <summary>Takes all visits that wait, to be undone.</summary>
    public List<FinishedVisit> TakeAll()
    {
        lock (_lock)
            return _rules.TakeAll();
    }

    /// <summary>Notes that something answered.</summary>
    public void Answered()
    {
        bool isWaiting;
        lock (_lock)
        {
            _rules.Answered(clock.Now);
            isWaiting = _rules.Waiting > 0;
        }

        if (isWaiting)
            OnJudged();
    }

    /// <summary>Judges the network, if it is in doubt.</summary>
    /// <param name="isIdle">True when nothing else is left to visit.</param>
    /// <param name="reached">The nodes that all processes have reached in the round, as far as they are known.</param>
    /// <param name="ask">Asks nodes that answered before, whose answers are noted, and returns their number.</param>
    public async Task JudgeAsync(bool isIdle, long reached, Func<Task<int>> ask)
    {
        bool asks;
        TimeSpan since;
        lock (_lock)
        {
            if (!_rules.IsInDoubt(isIdle))
                return;
            (asks, since) = (_rules.ShouldAsk, clock.Now);
        }

        var asked = asks ? await ask().ConfigureAwait(false) : 0;
        lock (_lock)
            _rules.Judge(asked, reached, since, clock.Now);
        OnJudged();
    }

    /// <summary>Reports an outage that has begun or ended since the last call. For the loop of the crawler alone, so that the order is right.</summary>
    public void Tell()
    {
        if (IsOutage is var isOutage && isOutage == _isReported)
            return;
        _isReported = isOutage;
        if (isOutage)
            CrawlLog.OutageBegan(logger);
        else
            CrawlLog.OutageEnded(logger);
        options.OnOutageChanged?.Invoke(isOutage);
    }
}
