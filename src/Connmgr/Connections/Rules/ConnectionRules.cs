namespace Connmgr.Rules;

/// <summary>
/// The rules of the manager: a state machine without I/O. Each public method is an event; it takes the present time, changes the tables,
/// and leaves in <see cref="Effects"/> what the shell is to do. After each event, what should be is compared with what is (from counters,
/// never by scanning), so nothing depends on the order in which things went wrong.
/// </summary>
internal sealed partial class ConnectionRules
{
    private readonly RulesOptions _options;
    private readonly IdSequence _ids;
    private readonly List<Effect> _effects = [];
    private readonly Dictionary<long, Request> _requests = [];
    private readonly ClaimTable _claims = new();
    private readonly TimerHeap _timers = new();
    private readonly RouteTable _routes;

    private bool _isStarted;

    public ConnectionRules(RulesOptions options, IdSequence ids)
    {
        _options = options;
        _ids = ids;
        TargetOutbound = options.TargetOutbound;
        MaxInbound = options.MaxInbound;
        MaxHedgedDials = options.MaxHedgedDials;
        Limits = options.InboundLimits;
        _allowed = new AllowedRanges(options.InboundLimits.Allowed);
        Netgroups = new NetgroupTable(options.MaxOutboundPerNetgroup);
        _resting = new RestingAddresses(options.RetryDuration);
        _flapping = new FlappingAddresses(options.RetryDuration, options.MaxRetryDuration, options.Random);
        _routes = new RouteTable(options.ProxyOf);
        Candidates = new CandidateCheck(options, _claims, _resting, _flapping, Netgroups, _routes);
        _dialPace = new DialPace(options.DialBurst, options.DialsPerSecond);
        _dialLimits = _dialPace.LimitsOf(options.TargetOutbound, options.TargetOutbound);
        _dialBucket = new TokenBucket(_dialLimits.Burst, _dialLimits.PerSecond);
    }

    /// <summary>What the events so far ask the shell to do, in order. The shell takes them and clears the list.</summary>
    public List<Effect> Effects => _effects;

    public IReadOnlyCollection<Request> Requests => _requests.Values;

    public NetgroupTable Netgroups { get; }

    /// <summary>May be asked from any thread.</summary>
    public CandidateCheck Candidates { get; }

    public int TargetOutbound { get; private set; }

    public int? MaxInbound { get; private set; }

    /// <summary>The most attempts beyond one for each slot. Set before the start alone.</summary>
    public int MaxHedgedDials { get; set; }

    public bool IsSuspended { get; private set; }

    public bool IsStopped { get; private set; }

    public int AutomaticEstablished => _automatic.Count;

    public int ClaimCount => _claims.Count;

    /// <summary>The ways out that were used. May be asked from any thread.</summary>
    public IEnumerable<Route> Routes => _routes.All;

    /// <summary>Automatic attempts that were given up and whose dial or handshake has not returned.</summary>
    public int AbandonedDials => _abandoned;

    /// <summary>Every way out gives no answer.</summary>
    public bool IsOutage => NextProbeAt is not null;

    /// <summary>When <see cref="Tick"/> is to be called at the latest; null when nothing waits.</summary>
    public TimeSpan? NextDue => _timers.First?.Due;

    /// <summary>
    /// In an outage, when the next automatic dial may be made. The ways that automatic dials took decide, when there are any: the names and
    /// proxies of permanent peers prove nothing of those.
    /// </summary>
    private TimeSpan? NextProbeAt
    {
        get
        {
            TimeSpan? next = null;
            var hasAutomatic = false;
            foreach (var route in _routes.All)
                hasAutomatic |= route.IsAutomatic;
            foreach (var route in _routes.All)
            {
                if (hasAutomatic && !route.IsAutomatic)
                    continue;
                if (!route.IsProbing)
                    return null;
                next = next < route.NextDialAt ? next : route.NextDialAt;
            }

            return next;
        }
    }

    private bool IsActive => _isStarted && !IsSuspended && !IsStopped;

    /// <summary>The addresses left alone at present, at most. May be asked from any thread.</summary>
    public int CountResting(TimeSpan now) => _resting.CountAt(now) + _flapping.CountResting(now);

    public Request? Find(long id) => _requests.GetValueOrDefault(id);

    public void Start(TimeSpan now)
    {
        if (_isStarted || IsStopped)
            return;
        _isStarted = true;
        Activate(now);
    }

    /// <summary>Does what is due.</summary>
    public void Tick(TimeSpan now)
    {
        while (_timers.First is { } first && first.Due <= now)
        {
            _timers.Clear(first);
            switch (first)
            {
                case Link link:
                    OnLinkDue(link, now);
                    break;
                case Request request:
                    TryDial(request, now);
                    break;
                default:
                    break; // The pause of the source or the dial bucket is over: Settle sees that.
            }
        }

        Settle(now);
    }

    /// <summary>The system's network has changed: whatever was out may be back.</summary>
    public void NetworkChanged(TimeSpan now)
    {
        _dialPace.NetworkChanged();
        foreach (var route in _routes.All)
            Answered(route, now);
        Settle(now);
    }

    /// <summary>Dials what waits for the network to be active.</summary>
    private void Activate(TimeSpan now)
    {
        if (IsActive)
        {
            foreach (var request in _requests.Values.ToArray())
            {
                if (request is { Link: null, EndPoint: not null, IsEnded: false })
                    TryDial(request, now);
            }
        }

        Settle(now);
    }

    private void End(Request request)
    {
        if (request.IsEnded)
            return;
        request.IsEnded = true;
        request.State = request.WasEstablished ? ConnectionState.Disconnected : ConnectionState.Canceled;
        _timers.Clear(request);
        _requests.Remove(request.Id);
        if (request.Key is { } key)
            _claims.Release(key, request);
        if (request.Waiting is not null)
            StopWaiting(request);

        _effects.Add(Effect.End(request));
    }

    /// <summary>Ends a request for which no dial is under way, saying why.</summary>
    private void EndUndialed(Request request, ConnectFailureCause cause, Exception? exception = null)
    {
        NotDialed(request, cause, exception);
        End(request);
    }

    private void NotDialed(Request request, ConnectFailureCause cause, Exception? exception = null)
    {
        var outcome = new AttemptOutcome { RequestId = request.Id, EndPoint = request.EndPoint, Cause = cause, Exception = exception, Tag = request.Tag };
        _effects.Add(Effect.NotDialed(request, outcome));
    }

    private void Answered(Route route, TimeSpan now)
    {
        if (!route.Answered(now))
            return;
        _effects.Add(Effect.OutageEnded(route));
    }

    private void Unanswered(Route route, TimeSpan startedAt, TimeSpan now)
    {
        if (!route.Failed(startedAt, now + _options.RetryDuration))
            return;
        _effects.Add(Effect.OutageBegan(route));
    }
}
