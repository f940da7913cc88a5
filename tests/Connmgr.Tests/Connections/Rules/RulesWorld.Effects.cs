using System.Net;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The part that carries the effects out, as the manager would.</summary>
internal sealed partial class RulesWorld
{
    private void Do(RulesEvent rulesEvent, Action apply)
    {
        _pairs.Add(_isStopped ? PairState.Stopped : _isSuspended ? PairState.Suspended : _isStarted ? _rules.IsOutage ? PairState.Outage : PairState.Running : PairState.NotStarted, rulesEvent);
        (_event, _promoted, _notDialed) = (rulesEvent, null, ConnectFailureCause.None);
        apply();
        _groups.Begin(_rules.Groups, mayExchange: rulesEvent is RulesEvent.SetGroups or RulesEvent.TraitsChanged);
        foreach (ref readonly var effect in CollectionsMarshal.AsSpan(_rules.Effects))
            Take(effect);
        _rules.Effects.Clear();
        Assert.Equal(0, _endsToReport);
        _groups.Check(_rules);
    }

    private void Take(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                Assert.False(_isAsking, "The source was asked twice at once.");
                Assert.True(IsActive, "The source was asked while the manager is not active.");
                Require(_now >= _mayAskFrom || IsPartlyOpen(effect.AskedFor), "The source was asked while it rests.");
                (_isAsking, _isAskCanceled, _isAskedForOneOff) = (true, false, effect.AskedFor == ConnectionKind.OneOff);
                break;
            case EffectKind.CancelAsk:
                Assert.True(_isAsking && !_isAskCanceled, "A question was cancelled that is not asked.");
                _isAskCanceled = true;
                break;
            case EffectKind.Report:
                _reports++;
                TakeReport(effect.Outcome);
                break;
            case EffectKind.Dial:
                TakeDial(effect.Link);
                break;
            case EffectKind.Handshake:
                Assert.Equal(LinkPhase.Handshaking, effect.Link.Phase);
                _running.Add(effect.Link);
                TakeNew(effect.Link);
                break;
            case EffectKind.Abort:
                Assert.True(_closed.Add(effect.Link), "An attempt ended twice.");
                _groups.Abort(effect.Link, effect.Outcome.Cause, _shown.GetValueOrDefault(effect.Link));
                if (effect.Outcome.Cause == ConnectFailureCause.Unsuited)
                {
                    Require(!effect.Outcome.CountsAgainstAddress, "An unsuited peer counts against its address.");
                    _pairs.Add(GroupReach.UnsuitedPeer, _rules.Groups);
                    TakeUnsuited(effect.Link);
                }

                TakeEnd(effect.Link, effect.Outcome.Cause == ConnectFailureCause.Evicted);
                if (_running.Remove(effect.Link))
                    _late.Add(effect.Link);
                break;
            case EffectKind.Establish:
                Assert.DoesNotContain(effect.Link, _closed);
                Assert.DoesNotContain(effect.Link, _running);
                _established.Add(effect.Link);
                TakeNew(effect.Link);
                if (effect.Request.Kind == ConnectionKind.Automatic)
                    _groups.Establish(effect.Link);
                else if (effect.Request.Kind == ConnectionKind.Trial)
                    _pairs.Add(GroupReach.TrialConnected, _rules.Groups);
                Assert.True(AutomaticEstablished() <= _rules.TargetOutbound, "More automatic connections than the target.");
                break;
            case EffectKind.Move:
                _groups.Move(effect.Link, effect.From);
                break;
            case EffectKind.Promote:
                Require(_established.Contains(effect.Link) && _promoted is null, "What was promoted is no connection.");
                _promoted = effect.Link;
                _groups.Promote(effect.Link);
                break;
            case EffectKind.Close:
                Assert.True(_established.Remove(effect.Link), "A connection was closed that is not established.");
                Assert.True(_closed.Add(effect.Link), "A connection ended twice.");
                _groups.Close(effect.Link, effect.Reason.Cause);
                TakeEnd(effect.Link, effect.Reason.Cause == DisconnectCause.Evicted);
                if (effect.Reason.Cause == DisconnectCause.LimitLowered && _event == RulesEvent.SetGroups && effect.Request.Kind == ConnectionKind.Automatic)
                    _pairs.Add(GroupReach.ClosedForGroups, _rules.Groups);
                if (effect.Reason.Cause == DisconnectCause.Unsuited)
                    TakeUnsuited(effect.Link);
                else if (effect.Request.FromSource && _now - effect.Link.EstablishedAt < Retry)
                    _restsFrom[effect.Request.Key!] = _now;
                if (effect.Request is { Kind: ConnectionKind.Automatic, FromSource: true } && _now - effect.Link.EstablishedAt < TimeSpan.FromMinutes(1) && effect.Reason.Cause == DisconnectCause.HandlerCompleted)
                    _endsToReport++;
                break;
            case EffectKind.NotDialed:
                _notDialed = effect.Outcome.Cause;
                break;
            case EffectKind.ReportEnd:
                TakeEndReport(EndPointKey.Create(effect.Outcome.EndPoint!), effect.Outcome.ShortConnections);
                break;
            case EffectKind.End:
                Assert.True(_ended.Add(effect.Request), "A request ended twice.");
                Assert.Null(_rules.Find(effect.Request.Id));
                break;
            case EffectKind.SourceRests:
                TakeRest(effect.Text);
                break;
            default:
                break;
        }
    }

    private void TakeReport(in AttemptOutcome outcome)
    {
        if (outcome.RequestId == 0)
        {
            if (outcome.Cause == ConnectFailureCause.Canceled)
                return;
            Assert.True(++_refusedInRow <= 100, "More than 100 candidates in a row were refused without a rest.");
            if (outcome.Cause == ConnectFailureCause.Unsuited)
            {
                Require(!_isOfUse, "An address was refused that is of use to a group that lacks an attempt.");
                _pairs.Add(GroupReach.OfferRefused, _rules.Groups);
            }

            Require(_hint == outcome.Cause, $"A candidate was refused, {outcome.Cause}, for which the source had the hint {_hint}.");
            return;
        }

        if (outcome.Cause is not (ConnectFailureCause.None or ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped or ConnectFailureCause.Unsuited))
            _restsFrom[outcome.EndPoint!] = _now;
    }

    /// <summary>Checks the report of an automatic connection's end, which comes when the peer left soon, or stayed at last.</summary>
    private void TakeEndReport(EndPoint key, int shortInRow)
    {
        if (shortInRow == 0)
        {
            Assert.True(_short.Remove(key), "A connection lasted of which no earlier one was short.");
            return;
        }

        var known = _short.GetValueOrDefault(key);
        var mayBeForgotten = _now - known.At >= ShortestRest(known.Times) + (2 * _options.MaxRetryDuration);
        Require(shortInRow == known.Times + 1 || (shortInRow == 1 && mayBeForgotten), "Short connections were miscounted.");
        _short[key] = (shortInRow, _now);
        _endsToReport--;
    }

    private TimeSpan ShortestRest(int times) => times <= 1 ? Retry : TimeSpan.FromTicks(Math.Min(Retry.Ticks << Math.Min(times - 1, 20), _options.MaxRetryDuration.Ticks)) / 2;

    private void TakeDial(Link link)
    {
        var request = link.Request;
        Know(request);
        _running.Add(link);
        TakeNew(link);
        _groups.Dial(link);
        Require(link.Group is null, "An attempt is in a group.");
        Require(request.Kind == ConnectionKind.Automatic ? link.GroupIndex >= 0 : link is { GroupIndex: < 0, Fits: 0 }, "A dial is not meant for a group, or should not be.");
        Assert.True(IsActive, "Something was dialled while the manager is not active.");
        Assert.DoesNotContain(request.EndPoint!, _banned);
        Assert.False(request is { IsChosen: true, EndPoint: IPEndPoint ip } && _discouraged.Contains(ip.Address), "A discouraged address was chosen.");
        if (request is { FromSource: true, Attempts: 1 })
        {
            _refusedInRow = 0;
            Require(_hint is null or ConnectFailureCause.None, $"A candidate was dialled for which the source had the hint {_hint}.");
            if (_short.TryGetValue(request.Key!, out var known))
                Assert.True(_now - known.At >= ShortestRest(known.Times), "An address was dialled that leaves again and again, and should rest.");
            Assert.False(_restsFrom.TryGetValue(request.Key!, out var since) && _now - since < Retry, "An address was dialled that should rest.");
            if (request.Kind == ConnectionKind.Automatic)
                CheckAim(link);
        }

        if (request.Kind == ConnectionKind.Automatic)
            CheckPace(link);
        if (request.Kind is not (ConnectionKind.Automatic or ConnectionKind.Trial) || request.Attempts > 1 || _options.Manager.AllowDuplicateAddresses)
            return;
        var inGroup = Live().Count(other => other != link && !other.Netgroup.IsNone && other.Netgroup == link.Netgroup);
        Assert.True(inGroup < _options.Manager.MaxOutboundPerNetgroup, "A netgroup was dialled that is full.");
    }

    private void CheckPace(Link link)
    {
        _dialLevel = Math.Max(0, _dialLevel - (_now - _dialLevelAt).TotalSeconds * (_options.Manager.DialsPerSecond ?? 16)) + 1;
        _dialLevelAt = _now;
        Require(_dialLevel <= (_options.Manager.DialBurst ?? 16 * MaxTarget) + 1e-6, "More automatic dials than the bucket allows.");
        if (!link.Request.HoldsSlot)
            CheckHedging(link); // A reconnect is its slot's own dial; a target that was lowered may have left others above the limit.
    }

    /// <summary>
    /// Checks that a dial is the first of its slot, or that there are no more attempts in all groups, beyond one for each of their vacant slots, than the limit allows; those
    /// that were given up but still run are among them.
    /// </summary>
    private void CheckHedging(Link link)
    {
        var attempts = _running.FindAll(static other => other.Request is { Kind: ConnectionKind.Automatic, HoldsSlot: false });
        var hedged = _late.Count(static other => other.IsAbandoned);
        var isFirst = false;
        for (var group = 0; group < _rules.Groups.Count; group++)
        {
            var vacant = _groups.GetVacant(group);
            var meant = attempts.Count(other => other.GroupIndex == group);
            hedged += Math.Max(0, meant - vacant);
            isFirst |= link.GroupIndex == group && meant <= vacant;
            Require(attempts.Count(other => other.GroupIndex == group && !other.IsAged) <= vacant * DialWidth.Max, "More young dials than the widest slot may have.");
        }

        Require(isFirst || hedged <= _options.Manager.MaxHedgedDials, "More dials are hedged than allowed.");
    }
}
