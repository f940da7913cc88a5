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
        _event = rulesEvent;
        apply();
        foreach (ref readonly var effect in CollectionsMarshal.AsSpan(_rules.Effects))
            Take(effect);
        _rules.Effects.Clear();
        Assert.Equal(0, _endsToReport);
    }

    private void Take(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                Assert.False(_isAsking, "The source was asked twice at once.");
                Assert.True(IsActive, "The source was asked while the manager is not active.");
                Require(_now >= _mayAskFrom, "The source was asked while it rests.");
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
                TakeEnd(effect.Link, effect.Outcome.Cause == ConnectFailureCause.Evicted);
                if (_running.Remove(effect.Link))
                    _late.Add(effect.Link);
                break;
            case EffectKind.Establish:
                Assert.DoesNotContain(effect.Link, _closed);
                Assert.DoesNotContain(effect.Link, _running);
                _established.Add(effect.Link);
                TakeNew(effect.Link);
                Assert.True(AutomaticEstablished() <= _rules.TargetOutbound, "More automatic connections than the target.");
                break;
            case EffectKind.Close:
                Assert.True(_established.Remove(effect.Link), "A connection was closed that is not established.");
                Assert.True(_closed.Add(effect.Link), "A connection ended twice.");
                TakeEnd(effect.Link, effect.Reason.Cause == DisconnectCause.Evicted);
                if (effect.Request.FromSource && _now - effect.Link.EstablishedAt < Retry)
                    _restsFrom[effect.Request.Key!] = _now;
                if (effect.Request.Kind == ConnectionKind.Automatic && _now - effect.Link.EstablishedAt < TimeSpan.FromMinutes(1) && effect.Reason.Cause == DisconnectCause.HandlerCompleted)
                    _endsToReport++;
                break;
            case EffectKind.ReportEnd:
                TakeEndReport(EndPointKey.Create(effect.Outcome.EndPoint!), effect.Outcome.ShortConnections);
                break;
            case EffectKind.End:
                Assert.True(_ended.Add(effect.Request), "A request ended twice.");
                Assert.Null(_rules.Find(effect.Request.Id));
                break;
            case EffectKind.SourceRests:
                _mayAskFrom = _isNotified ? TimeSpan.Zero : _now + Retry;
                _refusedInRow = 0;
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
            Require(_hint == outcome.Cause, $"A candidate was refused, {outcome.Cause}, for which the source had the hint {_hint}.");
            return;
        }

        if (outcome.Cause is not (ConnectFailureCause.None or ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped))
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
        Assert.True(IsActive, "Something was dialled while the manager is not active.");
        Assert.DoesNotContain(request.EndPoint!, _banned);
        Assert.False(request is { FromSource: true, EndPoint: IPEndPoint ip } && _discouraged.Contains(ip.Address), "A discouraged address was chosen.");
        if (request is { FromSource: true, Attempts: 1 })
        {
            _refusedInRow = 0;
            Require(_hint is null or ConnectFailureCause.None, $"A candidate was dialled for which the source had the hint {_hint}.");
            if (_short.TryGetValue(request.Key!, out var known))
                Assert.True(_now - known.At >= ShortestRest(known.Times), "An address was dialled that leaves again and again, and should rest.");
            Assert.False(_restsFrom.TryGetValue(request.Key!, out var since) && _now - since < Retry, "An address was dialled that should rest.");
        }

        if (request.Kind != ConnectionKind.Automatic)
            return;
        _dialLevel = Math.Max(0, _dialLevel - (_now - _dialLevelAt).TotalSeconds * (_options.Manager.DialsPerSecond ?? 16)) + 1;
        _dialLevelAt = _now;
        Require(_dialLevel <= (_options.Manager.DialBurst ?? 16 * MaxTarget) + 1e-6, "More automatic dials than the bucket allows.");
        if (!request.HoldsSlot)
            CheckHedging(); // A reconnect is its slot's own dial; a target that was lowered may have left others above the limit.
        if (request.Attempts > 1 || _options.Manager.AllowDuplicateAddresses)
            return;
        var inGroup = Live().Count(other => other != link && !other.Netgroup.IsNone && other.Netgroup == link.Netgroup);
        Assert.True(inGroup < _options.Manager.MaxOutboundPerNetgroup, "A netgroup was dialled that is full.");
    }

    /// <summary>Checks that there are no more attempts, beyond one for each vacant slot, than the limit allows; those that were given up but still run are among them.</summary>
    private void CheckHedging()
    {
        var vacant = _rules.TargetOutbound - AutomaticEstablished();
        var attempts = _running.Count(link => link.Request.Kind == ConnectionKind.Automatic);
        var abandoned = _late.Count(link => link.IsAbandoned);
        Require(attempts <= vacant || attempts + abandoned <= vacant + _options.Manager.MaxHedgedDials, "More dials are hedged than allowed.");
        var young = _running.Count(link => link.Request.Kind == ConnectionKind.Automatic && !link.IsAged);
        Require(young <= vacant * DialWidth.Max, "More young dials than the widest slot may have.");
    }
}
