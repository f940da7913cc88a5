using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The events of the rules, as the world draws them.</summary>
internal sealed partial class RulesWorld
{
    private void Start() => Do(RulesEvent.Start, () =>
    {
        _rules.Start(_now);
        _isStarted |= !_isStopped;
    });

    private void Stop()
    {
        _rules.Stop(_now);
        _isStopped = true;
    }

    private void Suspend() => Do(RulesEvent.Suspend, () =>
    {
        _rules.Suspend(_now);
        _isSuspended |= !_isStopped;
    });

    private void Resume() => Do(RulesEvent.Resume, () =>
    {
        _rules.Resume(_now);
        _isSuspended &= _isStopped;
    });

    private void SetMaxInbound()
    {
        int? max = _random.Next(4) == 0 ? null : _isCrowded ? _random.Next(20, 36) : _random.Next(4);
        Do(RulesEvent.SetMaxInbound, () => _rules.SetMaxInbound(max, _now));
    }

    private void Notify() => Do(RulesEvent.AddressesAvailable, () =>
    {
        // Takes the rest away when a token is there; the dial bound below counts that token.
        _rules.AddressesAvailable(_now);
        _mayAskFrom = TimeSpan.Zero;
        _isNotified |= _isAsking;
    });

    private void Ban()
    {
        var endPoint = SomeAddress();
        if (!_banned.Remove(endPoint))
            _banned.Add(endPoint);
    }

    private void Connect()
    {
        var endPoint = SomeAddress();
        var kind = _random.Next(2) == 0 ? ConnectionKind.Permanent : ConnectionKind.OneOff;
        var owner = _known.Find(other => !other.IsEnded && endPoint.Equals(other.Key));
        _pairs.Add(owner is null ? PairState.AddressFree : PairState.AddressOf + (int)owner.Kind, kind == ConnectionKind.Permanent ? RulesEvent.ConnectPermanent : RulesEvent.ConnectOneOff);
        Do(RulesEvent.Connect, () => _rules.Connect(Know(new Request(_ids.Next(), kind, endPoint)), _now));
    }

    private void Disconnect(bool triggerReconnect)
    {
        var id = SomeId(triggerReconnect ? RulesEvent.Reconnect : RulesEvent.Disconnect);
        Do(RulesEvent.Disconnect, () => Assert.Equal(_rules.Find(id) is not null, _rules.Disconnect(id, triggerReconnect, _now)));
    }

    private void Remove()
    {
        var id = SomeId(RulesEvent.Remove);
        Do(RulesEvent.Remove, () =>
        {
            Assert.Equal(_rules.Find(id) is not null, _rules.Remove(id, _now));
            Assert.Null(_rules.Find(id));
        });
    }

    private void Answer()
    {
        Candidate? candidate = _random.Next(8) == 0 ? null : _isLively && _random.Next(3) == 0 ? SomeSuited() : _isCooperative ? new Candidate(FreshAddress(), _candidates) : SomeCandidate();
        _isAsking = false;
        if (candidate is not null)
            _candidates++;
        _pairs.Add(_isAskCanceled ? PairState.AskCanceled : PairState.Asking, candidate is null ? RulesEvent.AnsweredNone : RulesEvent.AnsweredOne);
        Answer(candidate);
        _isNotified = false;
    }

    /// <summary>Lets the source answer, which knows what the rules would say.</summary>
    private void Answer(Candidate? candidate)
    {
        var kind = _rules.WaitingOneOffs > 0 ? ConnectionKind.OneOff : ConnectionKind.Automatic;
        _offered = candidate;
        if (candidate is { } offered)
        {
            _hint = kind == ConnectionKind.Automatic
                ? _rules.Candidates.GetOfferRefusal(offered.EndPoint, offered.Traits, _now)
                : _rules.Candidates.GetRefusal(offered.EndPoint, kind, _now);
            _isOfUse = kind == ConnectionKind.Automatic && _groups.IsOfUse(_rules.Slots.FindLacking(), offered.EndPoint, Remember(offered.EndPoint) ?? offered.Traits);
        }

        Do(RulesEvent.SourceAnswered, () => _rules.SourceAnswered(candidate, _now));
        (_hint, _offered) = (null, null);
    }

    /// <summary>Lets a dial or a handshake return, in time or after it was given up.</summary>
    private void Return(List<Link> from, bool late)
    {
        var link = from[_random.Next(from.Count)];
        Return(link, late);
    }

    private void Return(Link link, bool late)
    {
        (late ? _late : _running).Remove(link);
        var wasHandshake = link.Phase == LinkPhase.Handshaking || (late && _random.Next(2) == 0);
        var succeeds = _isCooperative || (_random.Next(_isLively ? 8 : 2) != 0 && !IsOut);
        _pairs.Add(
            late ? PairState.LinkEnded : (wasHandshake ? PairState.HandshakeOf : PairState.DialOf) + (int)link.Request.Kind,
            succeeds ? RulesEvent.Succeeded : RulesEvent.Failed);
        Do(wasHandshake ? RulesEvent.HandshakeReturned : RulesEvent.DialReturned, () =>
        {
            if (!succeeds)
                _rules.AttemptFailed(link, ConnectPhase.None, IsOut ? ConnectFailureCause.Unreachable : Causes[_random.Next(Causes.Length)], null, _now);
            else if (wasHandshake)
                _rules.HandshakeSucceeded(link, _shown[link] = GetTraits(link), _now);
            else
                _rules.DialSucceeded(link, GetRemote(link), _now);
        });
    }

    /// <summary>Lets a dial of a name reserve one of the name's addresses.</summary>
    private void Reserve()
    {
        if (_running.Find(static link => link is { Phase: LinkPhase.Dialing, Request.EndPoint: DnsEndPoint }) is not { } link || _random.Next(2) == 0)
            return;
        var address = GetRemote(link)!;
        var holder = _rules.Reserved.GetHolder(address);
        if (_rules.Reserve(link, address) is not null || _options.Manager.AllowDuplicateAddresses)
            return;
        Assert.True(holder is null || holder == link, "Two names may dial one address.");
        Assert.False(_banned.Contains(address), "A banned address of a name may be dialled.");
        Assert.DoesNotContain(_known, other => other != link.Request && (address.Equals(other.Key) || address.Equals(other.Link?.RemoteKey)));
    }

    private void HandlerEnds()
    {
        var link = _random.Next(2) == 0 && _running.Find(running => running.Phase == LinkPhase.Handshaking) is { } handshaking
            ? handshaking
            : _established[_random.Next(_established.Count)];
        _pairs.Add(link.Phase == LinkPhase.Handshaking ? PairState.HandshakeOf + (int)link.Request.Kind : PairState.EstablishedOf + (int)link.Request.Kind, RulesEvent.ConnectionEnded);
        Do(RulesEvent.ConnectionEnded, () => _rules.ConnectionEnded(link, new DisconnectReason(DisconnectCause.HandlerCompleted), _now));
    }

    /// <summary>Lets time pass: to the next moment that the rules wait for, or some of it, or a little.</summary>
    private void Pass()
    {
        Reserve();
        var step = _rules.NextDue is { } due && due > _now && _random.Next(2) == 0 ? due - _now : TimeSpan.FromMilliseconds(_random.Next(1, 400));
        _now += step;
        Do(RulesEvent.Tick, () => _rules.Tick(_now));
        Assert.True(_rules.NextDue is not { } next || next > _now, "A tick left something due.");
    }
}
