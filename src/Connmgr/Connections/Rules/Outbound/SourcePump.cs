using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>The next step of the pump.</summary>
internal enum SourceStep
{
    /// <summary>Nothing: no address is wanted, or the current request continues.</summary>
    None,

    /// <summary>Ask the source, for <see cref="SourcePump.AskedFor"/>.</summary>
    Ask,

    /// <summary>Cancel the current request.</summary>
    Cancel,

    /// <summary>Wait: the source may be asked later.</summary>
    Wait,
}

/// <summary>
/// The requests to the source: decides when to ask for an address, for which kind of connection, and when to pause. There is one request at
/// a time. As a timer entry it waits for the time when the source may be asked again.
/// </summary>
internal sealed class SourcePump(TimeSpan rest, DialBudget budget, OutageTracker outages) : Timed
{
    /// <summary>The number of consecutive refused addresses after which the source is paused.</summary>
    private const int MaxRefusedInRow = 100;

    private static readonly string AllRefused = Invariant($"none of its last {MaxRefusedInRow} addresses may be dialled");

    private readonly LinkedList<Request> _oneOffs = [];

    /// <summary>The number of addresses refused since one was accepted or the source was last paused.</summary>
    private int _refusedInRow;

    /// <summary>The minimum number of vacant slots of each group since the source was asked. Valid while it is being asked.</summary>
    private readonly int[] _leastVacant = new int[GroupSet.MaxCount];

    /// <summary>The groups that have wanted an address since the source was asked, one bit each. Valid while it is being asked.</summary>
    private uint _askedGroups;

    /// <summary>The groups for which the source had no address; all if <see cref="_restsEntirely"/>. Valid during the pause.</summary>
    private uint _restingGroups;

    /// <summary>True when the source is paused for all groups and for one-offs.</summary>
    private bool _restsEntirely;

    /// <summary>True from the effect that asks the source to its answer, even if the request was cancelled.</summary>
    private bool _isAsking;

    /// <summary>True when the current request was cancelled.</summary>
    private bool _isCanceled;

    /// <summary>True when a notification about new addresses arrived while the source was being asked.</summary>
    private bool _wasNotified;

    /// <summary>The end of the current pause.</summary>
    private TimeSpan _restsUntil;

    /// <summary>The number of one-offs that wait for an address of the source.</summary>
    public int WaitingOneOffs => _oneOffs.Count;

    /// <summary>The one-off that gets the next address.</summary>
    public Request? NextOneOff => _oneOffs.First?.Value;

    /// <summary>The kind of connection for which the source was asked last.</summary>
    public ConnectionKind AskedFor { get; private set; }

    /// <summary>True when the source was paused for all purposes at the last pause.</summary>
    public bool IsResting => _restsEntirely;

    /// <summary>Adds a one-off that waits for an address.</summary>
    public void Add(Request oneOff) => oneOff.Waiting = _oneOffs.AddLast(oneOff);

    /// <summary>Removes a one-off, which has an address now or has ended.</summary>
    public void Remove(Request oneOff)
    {
        if (oneOff.Waiting is not { } waiting)
            return;
        _oneOffs.Remove(waiting);
        oneOff.Waiting = null;
    }

    /// <summary>Decides what to do next.</summary>
    /// <param name="isActive">True when connections may be made at all.</param>
    /// <param name="wanted">The groups for which an automatic dial is wanted, one bit each.</param>
    /// <param name="vacant">The vacant slots of each group.</param>
    /// <param name="now">The current time.</param>
    /// <param name="at">The moment when the source may be asked, for <see cref="SourceStep.Wait"/>.</param>
    public SourceStep Decide(bool isActive, uint wanted, ReadOnlySpan<int> vacant, TimeSpan now, out TimeSpan at)
    {
        at = now;
        if (!isActive || !(WaitingOneOffs > 0 || wanted != 0))
            return _isAsking ? Cancel() : SourceStep.None;
        if (_isAsking)
        {
            // A source may take as long as it likes to find an automatic address; a caller waits for a one-off. And where a connection has ended, which a source need not know of, it
            // may have an address for that place, though it waits for one of another kind. The same holds for another group. Design C-7 and Design C-20.
            var isOutdated = AskedFor != ConnectionKind.OneOff && (WaitingOneOffs > 0 || (wanted & ~_askedGroups) != 0 || NoteLeast(vacant));
            _askedGroups &= wanted;
            return isOutdated ? Cancel() : SourceStep.None;
        }

        at = NextAskAt(wanted, now);
        if (at > now)
            return SourceStep.Wait;
        _isAsking = true;
        AskedFor = WaitingOneOffs > 0 ? ConnectionKind.OneOff : ConnectionKind.Automatic;
        _askedGroups = wanted;
        vacant.CopyTo(_leastVacant);
        return SourceStep.Ask;
    }

    /// <summary>Notes that the source has answered.</summary>
    /// <returns>True if the request was cancelled, so that an answer without an address means nothing.</returns>
    public bool Answer()
    {
        var wasCanceled = _isCanceled;
        (_isAsking, _isCanceled) = (false, false);
        return wasCanceled;
    }

    /// <summary>
    /// Handles a notification that addresses are available again. Ends the pause at the next token of the dial bucket and takes that token,
    /// so that a source that sends it whenever it is empty is not asked without pause. While the source is being asked, it takes effect
    /// after the answer. Design C-21.
    /// </summary>
    public void Notify(TimeSpan now)
    {
        if (_isAsking)
            _wasNotified = true;
        else if (budget.NextTokenAt(now) is var token && token < _restsUntil)
        {
            _restsUntil = token;
            budget.TryTake(now);
        }
    }

    /// <summary>Applies a notification that arrived while the source was being asked.</summary>
    public void ApplyLateNotification(TimeSpan now)
    {
        if (!_wasNotified)
            return;
        _wasNotified = false;
        Notify(now);
    }

    /// <summary>Notes that an address of the source is used.</summary>
    public void NoteAccepted() => _refusedInRow = 0;

    /// <summary>Notes that an address of the source was refused.</summary>
    /// <returns>True when too many were, one after the other.</returns>
    public bool NoteRefused() => ++_refusedInRow >= MaxRefusedInRow;

    /// <summary>Notes that there are other groups: the source is asked again.</summary>
    public void GroupsChanged()
    {
        _askedGroups = 0;
        if (!_restsEntirely)
            _restsUntil = TimeSpan.Zero;
    }

    /// <summary>
    /// Pauses the source: for the groups that it was asked for, if it had no address and all of them have requirements; otherwise for all
    /// purposes.
    /// </summary>
    /// <param name="isEmpty">True when it had no address, false when it had none that may be dialled.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The reason, for users.</returns>
    public string Rest(bool isEmpty, GroupSet groups, TimeSpan now)
    {
        _refusedInRow = 0;
        if (now >= _restsUntil)
            (_restingGroups, _restsEntirely) = (0, false);
        var asked = groups.Select(_askedGroups, then: 0);
        _restingGroups |= _askedGroups;
        _restsEntirely |= !isEmpty || AskedFor == ConnectionKind.OneOff || groups.Count == 1 || asked.IsEmpty || asked.Any(static group => group.TakesAll);
        _restsUntil = now + rest;
        return !isEmpty ? AllRefused : _restsEntirely ? "it has no address" : $"it has no address for {string.Join(", ", asked.Select(static group => group.Name))}";
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent(bool isActive)
    {
        Debug.Assert(_refusedInRow < MaxRefusedInRow, $"{_refusedInRow} addresses in a row were refused.");
        Debug.Assert(_isAsking || !_isCanceled, "A question is cancelled that is not asked.");
        Debug.Assert(_isAsking || !_wasNotified, "A notification waits for the answer to a question that is not asked.");
        Debug.Assert(!_isAsking || HeapIndex < 0, "The source is being asked, and waits to be.");
        Debug.Assert(!_isAsking || _isCanceled || isActive, "The source is being asked while nothing may be dialled.");
        Debug.Assert(!_isAsking || _isCanceled || AskedFor == ConnectionKind.OneOff || WaitingOneOffs == 0, $"{WaitingOneOffs} one-offs wait for an automatic address.");
    }

    private SourceStep Cancel()
    {
        if (_isCanceled)
            return SourceStep.None;
        _isCanceled = true;
        return SourceStep.Cancel;
    }

    /// <summary>Notes the vacant slots of each group.</summary>
    /// <returns>True if a group has more than at an earlier time since the source was asked.</returns>
    private bool NoteLeast(ReadOnlySpan<int> vacant)
    {
        var hasMore = false;
        for (var group = 0; group < vacant.Length; group++)
        {
            ref var least = ref _leastVacant[group];
            hasMore |= vacant[group] > least;
            least = Math.Min(least, vacant[group]);
        }

        return hasMore;
    }

    private TimeSpan NextAskAt(uint wanted, TimeSpan now)
    {
        var isPaused = _restsEntirely || (WaitingOneOffs == 0 && (wanted & ~_restingGroups) == 0);
        var at = isPaused ? _restsUntil : now;
        if (WaitingOneOffs > 0)
            return at;
        if (budget.NextTokenAt(now) is var token && token > at)
            at = token;
        if (outages.NextProbeAt is { } probe && probe > at)
            at = probe;
        return at;
    }
}
