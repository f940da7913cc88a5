using System.Net;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>
/// Everything around the rules for one random sequence: it answers their effects in any way an outside world may, and holds their
/// invariants after each event. All from one seed, in virtual time.
/// </summary>
internal sealed partial class RulesWorld
{
    public const int MaxTarget = 6;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly ConnectFailureCause[] Causes =
    [
        ConnectFailureCause.Refused, ConnectFailureCause.Timeout, ConnectFailureCause.Timeout, ConnectFailureCause.Timeout, ConnectFailureCause.Unreachable,
        ConnectFailureCause.Unknown, ConnectFailureCause.Reset, ConnectFailureCause.NameNotFound, ConnectFailureCause.ProxyUnreachable,
    ];

    private readonly Random _random;
    private readonly RulesOptions _options;
    private readonly IdSequence _ids = new();
    private readonly ConnectionRules _rules;
    private readonly PairCounter _pairs;
    private readonly HashSet<EndPoint> _banned = [];
    private readonly List<Request> _known = [];
    private readonly HashSet<Request> _ended = [];
    private readonly Dictionary<Request, ConnectionState> _states = [];
    private readonly List<Link> _running = [];
    private readonly List<Link> _late = [];
    private readonly List<Link> _established = [];
    private readonly HashSet<Link> _closed = [];
    private readonly Dictionary<EndPoint, TimeSpan> _restsFrom = [];
    private readonly HashSet<EndPoint> _keys = [];
    private readonly bool _hasOutages;

    private TimeSpan _now = TimeSpan.FromSeconds(1);
    private bool _isAsking;
    private bool _isAskedForOneOff;
    private bool _isAskCanceled;
    private ConnectFailureCause? _hint;
    private bool _isNotified;
    private bool _isStarted;
    private bool _isStopped;
    private bool _isSuspended;
    private bool _isCooperative;
    private int _candidates;
    private int _reports;
    private int _refusedInRow;
    private TimeSpan _mayAskFrom;
    private double _dialLevel;
    private TimeSpan _dialLevelAt;
    private int _fresh;

    public RulesWorld(int seed, PairCounter pairs)
    {
        _random = new Random(seed);
        _pairs = pairs;
        _hasOutages = _random.Next(3) == 0;
        var hasTightBucket = _random.Next(3) == 0;
        _isCrowded = !_hasOutages && _random.Next(4) == 0;
        _options = new RulesOptions
        {
            TargetOutbound = _random.Next(_hasOutages ? 3 : 0, MaxTarget + 1),
            MaxInbound = _isCrowded ? _random.Next(22, 36) : _random.Next(3) == 0 ? null : _random.Next(4),
            InboundLimits = SomeLimits(_random, _isCrowded, _random.Next(3) == 0 ? MaxTarget + (_isCrowded ? 24 : 4) + _random.Next(10) : null),
            NetgroupKey = (UInt128)(uint)seed,
            HasSource = _random.Next(20) != 0,
            HasHandshake = _random.Next(3) != 0,
            RetryDuration = Retry,
            MaxRetryDuration = TimeSpan.FromSeconds(20),
            DialTimeout = TimeSpan.FromSeconds(5),
            ProxyDialTimeout = TimeSpan.FromSeconds(60),
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            DialHedgeDelay = TimeSpan.FromMilliseconds(200),
            ProxyDialHedgeDelay = TimeSpan.FromSeconds(2),
            MaxHedgedDials = _random.Next(4) * 2,
            DialBurst = hasTightBucket ? _random.Next(1, 6) : null,
            DialsPerSecond = hasTightBucket ? 2 : null,
            MaxOutboundPerNetgroup = 1 + _random.Next(2),
            AllowDuplicateAddresses = _random.Next(10) == 0,
            Gate = (endPoint, _) => _banned.Contains(endPoint) ? GateVerdict.Refuse
                : endPoint is IPEndPoint ip && _discouraged.Contains(ip.Address) ? GateVerdict.Discourage
                : GateVerdict.Allow,
            ProxyOf = endPoint => endPoint is IPEndPoint { Port: 9999 } ? "proxy" : null,
            GroupOf = _random.Next(3) == 0 ? OneOperator : Netgroup.Of,
            Random = new Random(seed),
        };
        _rules = new ConnectionRules(_options, _ids);
        _inbound = new InboundModel(_options);
    }

    public void Run(int events)
    {
        if (_hasOutages)
            Start();
        for (var i = 0; i < events; i++)
        {
            OneEvent();
            CheckTables();
        }

        if (_isStopped)
            CheckNothingIsLeft();
        else
        {
            Recover();
            Do(RulesEvent.Stop, () => _rules.Stop(_now));
            CheckNothingIsLeft();
        }
    }

    private void OneEvent()
    {
        if (InboundEvent())
            return;

        // Rare events first; then what is most of a manager's life. Where outages are to be seen, an outage comes before what would prevent it.
        switch (_hasOutages && !_rules.IsOutage ? _random.Next(20, 100) : _random.Next(100))
        {
            case < 2: Start(); break;
            case < 3: Suspend(); break;
            case < 6: Resume(); break;
            case < 7 when _random.Next(3) == 0: Do(RulesEvent.Stop, Stop); break;
            case < 9: SetTarget(_random.Next(MaxTarget + 1)); break;
            case < 11: SetMaxInbound(); break;
            case < 12: Do(RulesEvent.NetworkChanged, () => _rules.NetworkChanged(_now)); break;
            case < 15: Notify(); break;
            case < 17: Ban(); break;
            case < 23: Connect(); break;
            case < 26: Do(RulesEvent.ConnectFromSource, () => _rules.ConnectFromSource(Know(new Request(_ids.Next(), ConnectionKind.OneOff, null)), _now)); break;
            case < 31: Disconnect(triggerReconnect: false); break;
            case < 36: Disconnect(triggerReconnect: true); break;
            case < 40: Remove(); break;
            case < 45: Accept(); break;
            case < 55 when _isAsking: Answer(); break;
            case < 72 when _running.Count > 0: Return(_running, late: false); break;
            case >= 77 and < 90 when IsOut && _running.Count > 0: Return(_running, late: false); break;
            case < 77 when _late.Count > 0: Return(_late, late: true); break;
            case < 85 when _established.Count > 0: HandlerEnds(); break;
            default: Pass(); break;
        }
    }

    // ---- events -------------------------------------------------------------------------------------------------

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

    private void SetTarget(int target) => Do(RulesEvent.SetTarget, () => _rules.SetTargetOutbound(target, _now));

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
        Candidate? candidate = _random.Next(8) == 0 ? null : new Candidate(_isCooperative || _random.Next(3) == 0 ? FreshAddress() : SomeAddress(), _candidates);
        _isAsking = false;
        if (candidate is not null)
            _candidates++;
        _pairs.Add(_isAskCanceled ? PairState.AskCanceled : PairState.Asking, candidate is null ? RulesEvent.AnsweredNone : RulesEvent.AnsweredOne);
        Answer(candidate);
        _isNotified = false;
    }

    /// <summary>The source answers, having been told what the rules would say.</summary>
    private void Answer(Candidate? candidate)
    {
        var kind = _rules.WaitingOneOffs > 0 ? ConnectionKind.OneOff : ConnectionKind.Automatic;
        _hint = candidate is { } offered ? _rules.Candidates.RefusalOf(offered.EndPoint, kind, _now) : null;
        Do(RulesEvent.SourceAnswered, () => _rules.SourceAnswered(candidate, _now));
        _hint = null;
    }

    /// <summary>A dial or a handshake comes back, in time or after it was given up.</summary>
    private void Return(List<Link> from, bool late)
    {
        var index = _random.Next(from.Count);
        var link = from[index];
        from.RemoveAt(index);
        var wasHandshake = link.Phase == LinkPhase.Handshaking || (late && _random.Next(2) == 0);
        var succeeds = _isCooperative || (_random.Next(2) == 0 && !IsOut);
        _pairs.Add(
            late ? PairState.LinkEnded : (wasHandshake ? PairState.HandshakeOf : PairState.DialOf) + (int)link.Request.Kind,
            succeeds ? RulesEvent.Succeeded : RulesEvent.Failed);
        Do(wasHandshake ? RulesEvent.HandshakeReturned : RulesEvent.DialReturned, () =>
        {
            if (!succeeds)
                _rules.AttemptFailed(link, ConnectPhase.None, IsOut ? ConnectFailureCause.Unreachable : Causes[_random.Next(Causes.Length)], null, _now);
            else if (wasHandshake)
                _rules.HandshakeSucceeded(link, _now);
            else
                Assert.Equal(!late, _rules.DialSucceeded(link, RemoteOf(link), _now));
        });
    }

    private void HandlerEnds()
    {
        var link = _random.Next(2) == 0 && _running.Find(running => running.Phase == LinkPhase.Handshaking) is { } handshaking
            ? handshaking
            : _established[_random.Next(_established.Count)];
        _pairs.Add(link.Phase == LinkPhase.Handshaking ? PairState.HandshakeOf + (int)link.Request.Kind : PairState.EstablishedOf + (int)link.Request.Kind, RulesEvent.ConnectionEnded);
        Do(RulesEvent.ConnectionEnded, () => _rules.ConnectionEnded(link, new DisconnectReason(DisconnectCause.HandlerCompleted), _now));
    }

    /// <summary>Time passes: to the next moment that the rules wait for, or some of it, or a little.</summary>
    private void Pass()
    {
        var step = _rules.NextDue is { } due && due > _now && _random.Next(2) == 0 ? due - _now : TimeSpan.FromMilliseconds(_random.Next(1, 400));
        _now += step;
        Do(RulesEvent.Tick, () => _rules.Tick(_now));
        Assert.True(_rules.NextDue is not { } next || next > _now, "A tick left something due.");
    }

    // ---- effects ------------------------------------------------------------------------------------------------

    private void Do(RulesEvent rulesEvent, Action apply)
    {
        _pairs.Add(_isStopped ? PairState.Stopped : _isSuspended ? PairState.Suspended : _isStarted ? _rules.IsOutage ? PairState.Outage : PairState.Running : PairState.NotStarted, rulesEvent);
        _event = rulesEvent;
        apply();
        foreach (ref readonly var effect in CollectionsMarshal.AsSpan(_rules.Effects))
            Take(effect);
        _rules.Effects.Clear();
    }

    private void Take(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Ask:
                Assert.False(_isAsking, "The source was asked twice at once.");
                Assert.True(IsActive, "The source was asked while the manager is not active.");
                Require(_now >= _mayAskFrom, "The source was asked while it rests.");
                (_isAsking, _isAskCanceled, _isAskedForOneOff) = (true, false, effect.ForOneOff);
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
                TakeDial(effect.Link!);
                break;
            case EffectKind.Handshake:
                Assert.Equal(LinkPhase.Handshaking, effect.Link!.Phase);
                _running.Add(effect.Link);
                TakeNew(effect.Link);
                break;
            case EffectKind.Abort:
                Assert.True(_closed.Add(effect.Link!), "An attempt ended twice.");
                TakeEnd(effect.Link!, effect.Outcome.Cause == ConnectFailureCause.Evicted);
                if (_running.Remove(effect.Link!))
                    _late.Add(effect.Link!);
                break;
            case EffectKind.Establish:
                Assert.DoesNotContain(effect.Link!, _closed);
                Assert.DoesNotContain(effect.Link!, _running);
                _established.Add(effect.Link!);
                TakeNew(effect.Link!);
                Assert.True(AutomaticEstablished() <= _rules.TargetOutbound, "More automatic connections than the target.");
                break;
            case EffectKind.Close:
                Assert.True(_established.Remove(effect.Link!), "A connection was closed that is not established.");
                Assert.True(_closed.Add(effect.Link!), "A connection ended twice.");
                TakeEnd(effect.Link!, effect.Reason!.Cause == DisconnectCause.Evicted);
                if (effect.Request!.FromSource && _now - effect.Link!.EstablishedAt < Retry)
                    _restsFrom[effect.Request.Key!] = _now;
                break;
            case EffectKind.End:
                Assert.True(_ended.Add(effect.Request!), "A request ended twice.");
                Assert.Null(_rules.Find(effect.Request!.Id));
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
            Require(_hint == outcome.Cause, $"A candidate was refused, {outcome.Cause}, of which the source was told {_hint}.");
            return;
        }

        if (outcome.Cause is not (ConnectFailureCause.None or ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped))
            _restsFrom[outcome.EndPoint!] = _now;
    }

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
            Require(_hint is null or ConnectFailureCause.None, $"A candidate was dialled of which the source was told {_hint}.");
            Assert.False(_restsFrom.TryGetValue(request.Key!, out var since) && _now - since < Retry, "An address was dialled that should rest.");
        }

        if (request.Kind != ConnectionKind.Automatic)
            return;
        _dialLevel = Math.Max(0, _dialLevel - (_now - _dialLevelAt).TotalSeconds * (_options.DialsPerSecond ?? 16)) + 1;
        _dialLevelAt = _now;
        Require(_dialLevel <= (_options.DialBurst ?? 16 * MaxTarget) + 1e-6, "More automatic dials than the bucket allows.");
        if (!request.HoldsSlot)
            CheckHedging(); // A reconnect is its slot's own dial; a target that was lowered may have left others above the limit.
        if (request.Attempts > 1 || _options.AllowDuplicateAddresses)
            return;
        var inGroup = Live().Count(other => other != link && !other.Netgroup.IsNone && other.Netgroup == link.Netgroup);
        Assert.True(inGroup < _options.MaxOutboundPerNetgroup, "A netgroup was dialled that is full.");
    }

    /// <summary>Beyond one attempt for each vacant slot, as many as the limit allows; those that were given up but still run are among them.</summary>
    private void CheckHedging()
    {
        var vacant = _rules.TargetOutbound - AutomaticEstablished();
        var attempts = _running.Count(link => link.Request.Kind == ConnectionKind.Automatic);
        var abandoned = _late.Count(link => link.IsAbandoned);
        Require(attempts <= vacant || attempts + abandoned <= vacant + _options.MaxHedgedDials, "More dials are hedged than allowed.");
        var young = _running.Count(link => link.Request.Kind == ConnectionKind.Automatic && !link.IsAged);
        Require(young <= vacant * DialWidth.Max, "More young dials than the widest slot may have.");
    }

    // ---- invariants ---------------------------------------------------------------------------------------------

    private void CheckTables()
    {
        Assert.True(_rules.AutomaticEstablished <= _rules.TargetOutbound);
        Assert.Equal(_rules.AutomaticEstablished, AutomaticEstablished());
        Assert.True(_rules.OrdinaryInbound <= (_rules.MaxInbound ?? int.MaxValue), "More inbound connections than the limit.");
        Assert.Equal(_rules.OrdinaryInbound, _inbound.Ordinary);
        Require(!_isAsking || _isAskCanceled || _isAskedForOneOff || _rules.WaitingOneOffs == 0 || !IsActive, "A one-off waits for an automatic address.");
        foreach (var request in _known)
            CheckState(request);
        _known.RemoveAll(request => request.IsEnded);
        Assert.Equal(_rules.Requests.Count, _known.Count);
        if (_options.AllowDuplicateAddresses)
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

    /// <summary>From now on every dial succeeds: the target must be reached no later than the pauses allow, and kept.</summary>
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

        // The source's rest or the probe's pause, a bucket emptied at the largest target, one latency for dial and handshake of each slot, a late question.
        var limit = _now + Retry + Retry + TimeSpan.FromSeconds((16.0 * MaxTarget + 2 * MaxTarget) / 16 + 4 * MaxTarget * Latency + (_options.DialBurst + 2 * MaxTarget) / 2 ?? 0);
        while (_now < limit)
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

        Assert.Equal(_rules.TargetOutbound, _rules.AutomaticEstablished);
    }

    /// <summary>Whoever asks for more connections by address than the total has places beside the target gets those, and fewer automatic ones.</summary>
    private bool IsTargetWithinTotal() =>
        _rules.Limits.MaxConnections is not { } max || max >= _rules.TargetOutbound + _rules.Limits.AllowedBudget + _known.Count(static request => request.Kind is ConnectionKind.Permanent or ConnectionKind.OneOff);

    private void AnswerWell()
    {
        _isAsking = false;
        _candidates++;
        Answer(new Candidate(FreshAddress()));
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
        Assert.Equal(0, _rules.InboundCount);
        Assert.Equal(0, _rules.InboundHandshakes);
        Assert.Equal(0, _rules.Sources.Count);
        Assert.Equal(0, _rules.AbandonedDials);
        Assert.Null(_rules.NextDue);
        Assert.Equal(_candidates, _reports);
    }

    // ---- picking ------------------------------------------------------------------------------------------------

    private bool IsActive => _isStarted && !_isSuspended && !_isStopped;

    /// <summary>In some sequences the network is out for long spells, and only one way out is used.</summary>
    private bool IsOut => _hasOutages && !_isCooperative && (int)_now.TotalSeconds % 100 < 80;

    private int AutomaticEstablished()
    {
        var count = 0;
        foreach (var link in _established)
            count += link.Request.Kind == ConnectionKind.Automatic ? 1 : 0;
        return count;
    }

    private IEnumerable<Link> Live() => _running.Concat(_established).Distinct().Where(link => link.Request.Kind != ConnectionKind.Inbound);

    /// <summary>One of few addresses, so that they meet: routable ones of few groups, private ones, names, proxied ones.</summary>
    private EndPoint SomeAddress() => _random.Next(_hasOutages ? 4 : 0, _hasOutages ? 200 : 10) switch
    {
        0 => new DnsEndPoint($"host{_random.Next(3)}.example", 8333),
        1 => new IPEndPoint(new IPAddress([10, 0, 0, (byte)_random.Next(6)]), 8333),
        2 => new IPEndPoint(new IPAddress([30, (byte)_random.Next(3), 0, 1]), 9999),
        3 => new IPEndPoint(new IPAddress([0x2a, 0, 0, (byte)_random.Next(3), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 8333),
        _ => new IPEndPoint(new IPAddress([20, (byte)_random.Next(6), 0, (byte)_random.Next(2)]), 8333),
    };

    /// <summary>As an AS map may have it: addresses of many prefixes with one operator.</summary>
    private static Netgroup OneOperator(EndPoint endPoint) =>
        Netgroup.Of(endPoint) is { IsNone: false } group && endPoint is IPEndPoint { Address: var address } && address.GetAddressBytes()[0] < 100
            ? Netgroup.OfAutonomousSystem(1u + address.GetAddressBytes()[0])
            : Netgroup.Of(endPoint);

    private IPEndPoint FreshAddress() => new(new IPAddress([(byte)(100 + _fresh / 256), (byte)_fresh++, 1, 1]), 8333);

    /// <summary>What a stream says of its peer: the address dialled, or for a name one of few, or nothing.</summary>
    private EndPoint? RemoteOf(Link link) => link.Request.EndPoint switch
    {
        DnsEndPoint when _isCooperative => FreshAddress(),
        DnsEndPoint => new IPEndPoint(new IPAddress([20, (byte)_random.Next(6), 0, 0]), 8333),
        var endPoint => _random.Next(2) == 0 ? null : endPoint,
    };

    private Request Know(Request request)
    {
        if (!_known.Contains(request))
            _known.Add(request);
        return request;
    }

    /// <summary>An id, and a note of the state of what it belongs to.</summary>
    private long SomeId(RulesEvent rulesEvent)
    {
        if (_known.Count == 0 || _random.Next(12) == 0)
        {
            _pairs.Add(PairState.UnknownId, rulesEvent);
            return 1_000_000;
        }

        var request = _known[_random.Next(_known.Count)];
        _pairs.Add(StateOf(request), rulesEvent);
        return request.Id;
    }

    private static PairState StateOf(Request request) => request switch
    {
        { Waiting: not null } => PairState.WaitsForAddress,
        { Link: null, State: ConnectionState.Failing } => PairState.Failing,
        { Link: null } => PairState.Waits,
        { Link.Phase: LinkPhase.Dialing } => PairState.DialOf + (int)request.Kind,
        { Link.Phase: LinkPhase.Handshaking } => PairState.HandshakeOf + (int)request.Kind,
        _ => PairState.EstablishedOf + (int)request.Kind,
    };
}
