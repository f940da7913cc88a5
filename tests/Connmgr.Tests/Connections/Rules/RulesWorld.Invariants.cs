using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The checks after each event, and in the end.</summary>
internal sealed partial class RulesWorld
{
    private void CheckTables()
    {
        Assert.True(_rules.AutomaticEstablished <= _rules.TargetOutbound);
        Assert.Equal(_rules.AutomaticEstablished, AutomaticEstablished());
        Assert.Equal(_rules.AutomaticEstablished, _groups.Connected);
        Require(_known.Count(static request => request is { IsEnded: false, Kind: ConnectionKind.Trial }) <= _options.Manager.MaxTrials, "More trials than the limit.");
        Require(_established.TrueForAll(static link => link.Request.Kind == ConnectionKind.Automatic || link is { Group: null, GroupIndex: < 0 }), "A connection is in a group that is not automatic.");
        Assert.True(_rules.Inbound.Regular.Count <= (_rules.MaxInbound ?? int.MaxValue), "More inbound connections than the limit.");
        Assert.Equal(_rules.Inbound.Regular.Count, _inbound.Ordinary);
        Require(!_isAsking || _isAskCanceled || _isAskedForOneOff || _rules.WaitingOneOffs == 0 || !IsActive, "A one-off waits for an automatic address.");
        foreach (var request in _known)
            CheckState(request);
        _known.RemoveAll(request => request.IsEnded);
        Assert.Equal(_rules.Requests.Count, _known.Count);
        if (_options.Manager.AllowDuplicateAddresses)
            return;
        _keys.Clear();
        foreach (var request in _known)
        {
            if (request is { Key: { } key, Kind: not ConnectionKind.Inbound })
                Assert.True(_keys.Add(key), "An address has two owners.");
            if (request.Link?.RemoteKey is { } remoteKey)
                Assert.True(_keys.Add(remoteKey), "A remote address has two owners.");
        }

        Assert.Equal(_keys.Count, _rules.ClaimCount);
        Require(_rules.Reserved.Links.All(static link => link is { Phase: LinkPhase.Dialing }), "A dial that has ended holds an address.");
    }

    private void CheckState(Request request)
    {
        var before = _states.GetValueOrDefault(request, ConnectionState.Pending);
        var after = request.State;
        _states[request] = after;
        var isFinal = after is ConnectionState.Canceled or ConnectionState.Disconnected;
        Require(after == before || before is not (ConnectionState.Canceled or ConnectionState.Disconnected), "A final state changed.");
        Require(request.IsEnded == isFinal, "A request is final that has not ended, or the reverse.");
        Require((after == ConnectionState.Established) == (request.Link is { Phase: LinkPhase.Established }), "Established without a connection, or the reverse.");
        Require(!isFinal || (after == ConnectionState.Disconnected) == request.WasEstablished, "Canceled after a connection, or Disconnected without one.");
        Require(request.IsEnded == _ended.Contains(request), "A request ended without an effect.");
        if (request.IsEnded || request.Link is not null || !IsActive)
            return;
        Require(request.Kind == ConnectionKind.Permanent || request.EndPoint is null, "A request without attempt is still there.");
        Require(request.Kind != ConnectionKind.Permanent || request.HeapIndex >= 0, "A permanent request waits for nothing.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }

    /// <summary>Lets every dial succeed from now on: the target must be reached no later than the pauses allow, and kept.</summary>
    private void Recover()
    {
        const double Latency = 0.02;
        _banned.Clear();
        _discouraged.Clear();
        _isCooperative = true;
        Start();
        Resume();
        if (!_options.HasSource || !IsTargetWithinTotal())
            return;

        // The source's rest or the probe's pause, a bucket emptied at the largest target (once it was reached, 2 dials a second), one latency for dial and handshake of each slot, a late question.
        var limit = _now + Retry + Retry + TimeSpan.FromSeconds((16.0 * MaxTarget + 2 * MaxTarget) / 16 + 4 * MaxTarget * Latency + (_options.Manager.DialBurst + 2 * MaxTarget) / 2 ?? MaxTarget);
        while (_now < limit && _rules.AutomaticEstablished < _rules.TargetOutbound)
            Cooperate();
        Assert.Equal(_rules.TargetOutbound, _rules.AutomaticEstablished);
        for (var i = 0; i < 50; i++)
            Cooperate();
        Assert.Equal(_rules.TargetOutbound, _rules.AutomaticEstablished);
        Assert.Equal(0u, _rules.Slots.FindLacking());
        _pairs.Add(GroupReach.Filled, _rules.Groups);

        void Cooperate()
        {
            while (_late.Count > 0)
                Return(_late, late: true);
            for (var ready = _running.Count; ready > 0 && _running.Count > 0; ready--)
                Return(_running, late: false);
            for (var i = 0; i < 2 * MaxTarget && _isAsking; i++)
                AnswerWell();
            _now += TimeSpan.FromSeconds(Latency);
            Do(RulesEvent.Tick, () => _rules.Tick(_now));
            CheckTables();
        }
    }

    /// <summary>Determines whether the total has a place for the whole target: connections to addresses that the user asked for go before automatic ones.</summary>
    private bool IsTargetWithinTotal() =>
        _rules.Limits.MaxConnections is not { } max || max >= _rules.TargetOutbound + _rules.Limits.MaxAllowListed + _known.Count(static request => request.Kind is ConnectionKind.Permanent or ConnectionKind.OneOff or ConnectionKind.Trial);

    private void AnswerWell()
    {
        _isAsking = false;
        _candidates++;
        Answer(_random.Next(2) == 0 ? SomeSuited() : new Candidate(FreshAddress()) { Traits = _random.Next(2) == 0 ? null : SomeTraits() });
    }

    private void CheckNothingIsLeft()
    {
        if (_isAsking)
            Answer();
        while (_running.Count > 0)
            Return(_running, late: true);
        while (_late.Count > 0)
            Return(_late, late: true);
        CheckTables();
        Assert.Empty(_known);
        Assert.Empty(_established);
        Assert.Empty(_rules.Netgroups.Counts);
        Assert.Equal(0, _rules.ClaimCount);
        Assert.Equal(0, _rules.Reserved.Count);
        Assert.Equal(0, _rules.Inbound.Count);
        Assert.Equal(0, _rules.Inbound.Handshakes);
        Assert.Equal(0, _rules.Inbound.Sources.Count);
        Assert.Equal(0, _rules.AbandonedDials);
        Assert.Null(_rules.NextDue);
        Assert.Equal(_candidates, _reports);
    }
}
