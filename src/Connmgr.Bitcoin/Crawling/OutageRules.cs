namespace Connmgr.Bitcoin;

/// <summary>
/// Tells an outage of the machine's own network from nodes that are dead. A visit that ends without any answer waits: it has failed once something
/// answers that did so after its last step began, for then the network worked. Too many that wait are an outage, and are undone. Pure rules; the
/// times are those of one clock. Not thread-safe.
/// </summary>
/// <typeparam name="T">The type of a visit.</typeparam>
internal sealed class OutageRules<T>
{
    /// <summary>The visits that wait for an answer before the network is doubted.</summary>
    public const int MostWaiting = 50;

    /// <summary>The nodes known to answer that, when all are silent, are enough for an outage.</summary>
    public const int EnoughKnown = 4;

    private readonly List<(T Visit, TimeSpan Since, bool IsKnown)> _waiting = [];
    private TimeSpan _answered = TimeSpan.MinValue;
    private TimeSpan _resumed = TimeSpan.MinValue; // The end of the last outage.
    private bool _hasAnswered; // True once something has.

    /// <summary>True while nothing answers.</summary>
    public bool IsOutage { get; private set; }

    /// <summary>The visits that wait, to nodes that answered at their last visit.</summary>
    private int Known => _waiting.Count(static each => each.IsKnown);

    /// <summary>The number of visits that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Determines whether the network must be judged.</summary>
    /// <param name="isIdle">True when nothing else is left to visit, so no answer will come.</param>
    public bool IsInDoubt(bool isIdle) => !IsOutage && (_waiting.Count >= MostWaiting || (isIdle && _waiting.Count > 0));

    /// <summary>True when nodes that answered before should be asked for the judgment. A few new addresses at the end of a round are not worth it.</summary>
    public bool ShouldAsk => _waiting.Count >= MostWaiting || Known > 0;

    /// <summary>Adds a visit that ended without an answer.</summary>
    /// <param name="visit">The visit.</param>
    /// <param name="since">The time at which its last step began.</param>
    /// <param name="isKnown">True when the node answered at its last visit.</param>
    public void Add(T visit, TimeSpan since, bool isKnown) => _waiting.Add((visit, since, isKnown));

    /// <summary>Notes that something answered, which ends an outage.</summary>
    public void Answered(TimeSpan now)
    {
        if (IsOutage)
            _resumed = now;
        IsOutage = false;
        _hasAnswered = true;
        _answered = now;
    }

    /// <summary>Judges the network after some nodes that answered before were asked, and did not answer.</summary>
    /// <param name="asked">The number of nodes that were asked.</param>
    /// <param name="reached">
    /// The nodes that this or other processes have reached in the round, as evidence against a process that nothing has ever answered.
    /// </param>
    /// <param name="since">The time at which they were asked. An answer since then decides alone.</param>
    /// <param name="now">The time.</param>
    /// <remarks>Without enough evidence for an outage, the visits that wait have failed.</remarks>
    public void Judge(int asked, long reached, TimeSpan since, TimeSpan now)
    {
        if (IsOutage || _answered >= since)
            return;
        IsOutage = _waiting.Count >= MostWaiting || Math.Max(asked, Known) >= EnoughKnown || (!_hasAnswered && reached >= EnoughKnown);
        if (!IsOutage)
            _answered = now;
    }

    /// <summary>Takes the visits that need not wait any more.</summary>
    /// <returns>Those that have failed, and those to be undone: all in an outage, and the rest of it afterwards.</returns>
    public (List<T> Failed, List<T> Undone) Take()
    {
        if (IsOutage)
            return ([], TakeAll());
        var undone = Take(since => since < _resumed);
        return (Take(since => since < _answered), undone);
    }

    /// <summary>Takes all visits that wait, at the end of the crawl: they are undone.</summary>
    public List<T> TakeAll()
    {
        var all = _waiting.ConvertAll(static each => each.Visit);
        _waiting.Clear();
        return all;
    }

    private List<T> Take(Func<TimeSpan, bool> isDone)
    {
        var done = _waiting.FindAll(each => isDone(each.Since)).ConvertAll(static each => each.Visit);
        _waiting.RemoveAll(each => isDone(each.Since));
        return done;
    }
}
