namespace Connmgr.Rules;

/// <summary>The automatic slots: how many attempts are wanted, when the source is asked, and which of its addresses are dialled.</summary>
internal sealed partial class ConnectionRules
{
    private const int MaxRefusedInRow = 100;

    private readonly LinkList _attempts = new();
    private readonly LinkList _reconnecting = new();
    private readonly LinkList _automatic = new();
    private readonly LinkedList<Request> _oneOffs = [];
    private readonly RestingAddresses _resting;
    private readonly FlappingAddresses _flapping;
    private readonly TokenBucket _dialBucket;
    private readonly DialPace _dialPace;
    private readonly DialWidth _dialWidth = new();
    private readonly Pause _askPause = new();

    private int _aged;
    private int _abandoned;
    private int _refusedInRow;
    private bool _isAsking;
    private bool _isAskedForOneOff;
    private bool _isAskCanceled;
    private int _leastVacant; // Since the source was asked.
    private bool _wasNotified;
    private TimeSpan _sourceRestsUntil;
    private (double Burst, double PerSecond) _dialLimits;

    /// <summary>One-offs that the source has not given an address yet.</summary>
    public int WaitingOneOffs => _oneOffs.Count;

    private int Vacant => TargetOutbound - _automatic.Count - _reconnecting.Count;

    /// <summary>
    /// Whether a vacant slot lacks an attempt that is young enough to be waited for, of which it has one, or more where most addresses are
    /// dead. A slot's first dial is always wanted; further ones only as long as the attempts beyond one a slot, given-up ones that still
    /// run included, are within the limit.
    /// </summary>
    private bool IsAutomaticWanted =>
        _options.HasSource
        && HasAutomaticRoom
        && _attempts.Count - _aged < (long)Vacant * _dialWidth.Value
        && (_attempts.Count < Vacant || _attempts.Count + _abandoned < (long)Vacant + MaxHedgedDials);

    /// <summary>The source gave an address, or none.</summary>
    public void SourceAnswered(Candidate? candidate, TimeSpan now)
    {
        var wasCanceled = _isAskCanceled;
        _isAsking = false;
        _isAskCanceled = false;
        if (candidate is { } offered)
            Offer(offered, now);
        else if (!wasCanceled && IsActive)
            RestSource(isEmpty: true, now);
        if (_wasNotified)
        {
            _wasNotified = false;
            AddressesAvailable(now);
        }

        Settle(now);
    }

    /// <summary>
    /// There are addresses again. Ends the rest of the source, at the next token of the dial bucket, which it takes: so a source that says
    /// so each time it has none is not asked without pause.
    /// </summary>
    public void AddressesAvailable(TimeSpan now)
    {
        if (_isAsking)
            _wasNotified = true;
        else if (_dialBucket.NextTokenAt(now) is var token && token < _sourceRestsUntil)
        {
            _sourceRestsUntil = token;
            _dialBucket.TryTake(now);
        }

        Settle(now);
    }

    private void SetPace(TimeSpan now)
    {
        if (Vacant <= 0 && TargetOutbound > 0)
            _dialPace.Filled();
        var limits = _dialPace.LimitsOf(TargetOutbound, Vacant);
        if (limits == _dialLimits)
            return;
        _dialLimits = limits;
        _dialBucket.SetLimits(limits.Burst, limits.PerSecond, now);
    }

    /// <summary>Compares what should be with what is; the last step of every event.</summary>
    private void Settle(TimeSpan now)
    {
        while (Vacant <= 0 && _attempts.Last is { } surplus)
            FailAttempt(surplus, ConnectFailureCause.Canceled, now);
        SetPace(now);

        if (!IsActive || !(WaitingOneOffs > 0 || IsAutomaticWanted))
        {
            _timers.Clear(_askPause);
            if (_isAsking)
                CancelAsk();
            return;
        }

        if (_isAsking)
        {
            // A source may take as long as it likes to find an automatic address; somebody waits for a one-off. And where a connection has
            // ended, which a source need not know of, it may have an address for that place, though it waits for one of another kind.
            if (!_isAskedForOneOff && (WaitingOneOffs > 0 || Vacant > _leastVacant))
                CancelAsk();
            _leastVacant = Math.Min(_leastVacant, Vacant);
            return;
        }

        var at = NextAskAt(now);
        if (at > now)
        {
            _timers.Set(_askPause, at);
            return;
        }

        _timers.Clear(_askPause);
        _isAsking = true;
        _isAskedForOneOff = WaitingOneOffs > 0;
        _leastVacant = Vacant;
        _effects.Add(Effect.Ask(_isAskedForOneOff ? ConnectionKind.OneOff : ConnectionKind.Automatic));
    }

    private void CancelAsk()
    {
        if (_isAskCanceled)
            return;
        _isAskCanceled = true;
        _effects.Add(Effect.CancelAsk());
    }

    private TimeSpan NextAskAt(TimeSpan now)
    {
        var at = _sourceRestsUntil;
        if (WaitingOneOffs > 0)
            return at;
        if (_dialBucket.NextTokenAt(now) is var token && token > at)
            at = token;
        if (NextProbeAt is { } probe && probe > at)
            at = probe;
        return at;
    }

    private void Offer(Candidate candidate, TimeSpan now)
    {
        var oneOff = NextOneOff();
        if (!IsActive || (oneOff is null && !(IsAutomaticWanted && _dialBucket.HasToken(now))))
        {
            ReportRefused(candidate, ConnectFailureCause.Canceled);
            return;
        }

        var key = EndPointKey.Of(candidate.EndPoint);
        var endPoint = EndPointKey.Plain(candidate.EndPoint, key);
        var request = oneOff ?? new Request(_ids.Next(), ConnectionKind.Automatic, endPoint) { FromSource = true };
        var refusal = Candidates.RefusalOf(endPoint, key, request.Kind, now);
        if (refusal != ConnectFailureCause.None)
        {
            ReportRefused(candidate, refusal);
            if (++_refusedInRow >= MaxRefusedInRow)
                RestSource(isEmpty: false, now);
            return;
        }

        _refusedInRow = 0;
        if (oneOff is not null && !MakeRoomForAsked(now))
        {
            ReportRefused(candidate, ConnectFailureCause.Canceled);
            EndUndialed(oneOff, ConnectFailureCause.LimitReached);
            return;
        }

        (request.EndPoint, request.Key, request.OfferedAs, request.Tag) = (endPoint, key, candidate.EndPoint, candidate.Tag);
        if (!_options.AllowDuplicateAddresses)
            _claims.TryClaim(key, request);
        if (oneOff is null)
        {
            _requests.Add(request.Id, request);
            _dialBucket.TryTake(now);
        }
        else
            StopWaiting(oneOff);

        Dial(request, now);
    }

    private Request? NextOneOff() => _oneOffs.First?.Value;

    private void StopWaiting(Request oneOff)
    {
        _oneOffs.Remove(oneOff.Waiting!);
        oneOff.Waiting = null;
    }

    /// <summary>Leaves the source alone for a while; the one-offs that wait for it have had their answer.</summary>
    private void RestSource(bool isEmpty, TimeSpan now)
    {
        _refusedInRow = 0;
        _sourceRestsUntil = now + _options.RetryDuration;
        _effects.Add(Effect.SourceRests(isEmpty ? "it has no address" : "none of its last 100 addresses may be dialled"));
        while (NextOneOff() is { } oneOff)
            EndUndialed(oneOff, ConnectFailureCause.NoAddress);
    }

    private void ReportToSource(Request request, in AttemptOutcome outcome)
    {
        if (request is { FromSource: true, Attempts: 1 })
            _effects.Add(Effect.Report(outcome with { EndPoint = request.OfferedAs })); // In the source's own form.
    }

    private void ReportEnd(Request request, int shortInRow) => _effects.Add(Effect.ReportEnd(
        new AttemptOutcome { RequestId = request.Id, EndPoint = request.OfferedAs, Tag = request.Tag, ShortConnections = shortInRow }));

    private void ReportRefused(Candidate candidate, ConnectFailureCause cause) => _effects.Add(Effect.Report(
        new AttemptOutcome { RequestId = 0, EndPoint = candidate.EndPoint, Cause = cause, Tag = candidate.Tag }));

    private sealed class Pause : Timed;
}
