using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The rules of the manager: a state machine without I/O. Each public method is an event; it takes the current time, changes the tables,
/// and adds the actions for the shell to <see cref="Effects"/>. Each event ends with the <see cref="Reconciler"/>, which compares the wanted
/// state with the actual one, so nothing depends on the order in which things went wrong. The tables are in <see cref="RulesParts"/>;
/// <see cref="RequestLife"/> takes the steps of each request, <see cref="LinkEvents"/> those after a return of the shell. Used by the loop
/// only, unless a member states otherwise.
/// </summary>
internal sealed class ConnectionRules
{
    private readonly RulesParts _parts;
    private readonly RequestLife _life;
    private readonly SourceOffers _offers;
    private readonly GroupLife _groups;
    private readonly LinkEvents _links;
    private readonly Reconciler _reconciler;
    private readonly SourcePump _pump;
    private readonly DialSlots _slots;

    public ConnectionRules(RulesOptions options, IdSequence ids)
    {
        _parts = new RulesParts(options);
        _life = new RequestLife(_parts);
        _offers = new SourceOffers(_parts, _life, ids);
        _groups = new GroupLife(_parts, _life);
        _links = new LinkEvents(_parts, _life, ids);
        _reconciler = new Reconciler(_parts, _groups);
        (_pump, _slots) = (_parts.Pump, _parts.Slots);
    }

    /// <inheritdoc cref="RulesParts.Effects"/>
    public List<Effect> Effects => _parts.Effects;

    /// <inheritdoc cref="RulesParts.Requests"/>
    public IReadOnlyCollection<Request> Requests => _parts.Requests.Values;

    public NetgroupTable Netgroups => _parts.Netgroups;

    /// <inheritdoc cref="RulesParts.Reserved"/>
    public AddressReservations Reserved => _parts.Reserved;

    /// <inheritdoc cref="RulesParts.Candidates"/>
    public CandidateCheck Candidates => _parts.Candidates;

    /// <summary>The current inbound links.</summary>
    public InboundLinks Inbound => _parts.Inbound;

    /// <inheritdoc cref="InboundAdmission.Refusals"/>
    public RefusalCounts Refusals => _parts.Admission.Refusals;

    /// <inheritdoc cref="InboundAdmission.Accepted"/>
    public long InboundAccepted => _parts.Admission.Accepted;

    /// <inheritdoc cref="RequestLife.Evicted"/>
    public long Evicted => _life.Evicted;

    /// <inheritdoc cref="OutageTracker.Routes"/>
    public IEnumerable<Route> Routes => _parts.Outages.Routes;

    /// <summary>The groups of automatic connections. May be read from any thread.</summary>
    public GroupSet Groups => _slots.Groups;

    public int TargetOutbound => _slots.Target;

    public int? MaxInbound => _parts.Admission.MaxInbound;

    public InboundLimits Limits => _parts.Admission.Limits;

    /// <inheritdoc cref="DialSlots.MaxHedged"/>
    public int MaxHedgedDials { set => _slots.MaxHedged = value; }

    /// <inheritdoc cref="EvictionChooser.KnowsUsefulness"/>
    public bool KnowsUsefulness { set => _parts.Eviction.KnowsUsefulness = value; }

    public bool IsSuspended => _parts.IsSuspended;

    public bool IsStopped => _parts.IsStopped;

    /// <summary>True when no route answers.</summary>
    public bool IsOutage => _parts.Outages.NextProbeAt is not null;

    /// <inheritdoc cref="DialSlots.Connections"/>
    public int AutomaticEstablished => _slots.Connections;

    /// <summary>The automatic slots, for a snapshot.</summary>
    public DialSlots Slots => _slots;

    /// <inheritdoc cref="DialSlots.Abandoned"/>
    public int AbandonedDials => _slots.Abandoned;

    /// <inheritdoc cref="SourcePump.WaitingOneOffs"/>
    public int WaitingOneOffs => _pump.WaitingOneOffs;

    /// <summary>Addresses that belong to a request.</summary>
    public int ClaimCount => _parts.Claims.Count;

    /// <summary>The latest time at which <see cref="Tick"/> must be called; null if nothing is waiting.</summary>
    public TimeSpan? NextDue => _parts.Timers.First?.Due;

    /// <inheritdoc cref="AddressRests.CountAt"/>
    public int CountResting(TimeSpan now) => _parts.Rests.CountAt(now);

    /// <inheritdoc cref="AcceptRates.IsFlooded"/>
    public bool IsFlooded(TimeSpan now) => _parts.Admission.Rates.IsFlooded(Limits, now);

    /// <summary>Gets the request with an id; null when it has ended or is unknown.</summary>
    public Request? Find(long id) => _parts.Requests.GetValueOrDefault(id);

    /// <summary>Starts to dial and to accept.</summary>
    public void Start(TimeSpan now)
    {
        if (_parts.IsStarted || IsStopped)
            return;
        _parts.IsStarted = true;
        Activate(now);
    }

    /// <summary>Does what is due. <see cref="Reconcile"/> notices when the wait of the source pump is over.</summary>
    public void Tick(TimeSpan now)
    {
        while (_parts.Timers.First is { } first && first.Due <= now)
        {
            _parts.Timers.Clear(first);
            if (first is Link link)
                _life.OnDue(link, now);
            else if (first is Request request)
                _life.TryDial(request, now);
        }

        Reconcile(now);
    }

    /// <summary>Handles a change of the system's network: any route may answer again.</summary>
    public void NetworkChanged(TimeSpan now)
    {
        _parts.Budget.Pace.NetworkChanged();
        foreach (var route in _parts.Outages.Routes)
            _life.Report(route, OutageTracker.NoteAnswer(route, now));
        Reconcile(now);
    }

    /// <summary>Handles a new one-off or permanent request for an address, or a trial.</summary>
    public void Connect(Request request, TimeSpan now)
    {
        request.Key = EndPointKey.Create(request.EndPoint!);
        if (IsStopped)
            _life.EndUndialed(request, ConnectFailureCause.Stopped);
        else if (request.Kind == ConnectionKind.Trial && _groups.FindRefusal(request, now) is not ConnectFailureCause.None and var refusal)
            _life.EndUndialed(request, refusal);
        else if (!_life.TryClaim(request, now))
            _life.EndUndialed(request, ConnectFailureCause.DuplicateAddress, RemoteAddressCheck.InUse(request.Key, _parts.Claims.GetOwner(request.Key)!));
        else
        {
            _parts.Requests.Add(request.Id, request);
            _parts.Trials += request.Kind == ConnectionKind.Trial ? 1 : 0;
            if (_parts.IsActive)
                _life.TryDial(request, now);
        }

        Reconcile(now);
    }

    /// <summary>Handles a new one-off request, whose address comes from the source.</summary>
    public void ConnectFromSource(Request request, TimeSpan now)
    {
        if (IsStopped)
            _life.EndUndialed(request, ConnectFailureCause.Stopped);
        else if (!_parts.Options.HasSource)
            _life.EndUndialed(request, ConnectFailureCause.NoAddress);
        else
        {
            _parts.Requests.Add(request.Id, request);
            request.FromSource = true;
            _pump.Add(request);
        }

        Reconcile(now);
    }

    /// <summary>Ends the connection or attempt of a request. A permanent one is tried again; an automatic one is replaced.</summary>
    /// <returns>True when the id is known.</returns>
    public bool Disconnect(long id, bool triggerReconnect, TimeSpan now)
    {
        if (Find(id) is not { } request)
            return false;
        _life.Disconnect(request, triggerReconnect, now);
        Reconcile(now);
        return true;
    }

    /// <summary>Ends the connections and attempts at all addresses that match, as <see cref="Disconnect"/> does.</summary>
    /// <returns>The number of them.</returns>
    public int DisconnectWhere(Func<EndPoint, bool> matches, TimeSpan now)
    {
        var count = 0;
        foreach (var request in Requests.ToArray())
        {
            if (request.Link is not { } link || !link.Matches(matches))
                continue;
            count++;
            _life.Disconnect(request, triggerReconnect: false, now);
        }

        Reconcile(now);
        return count;
    }

    /// <summary>Ends a request for good, with its connection or attempt.</summary>
    /// <returns>True when the id is known.</returns>
    public bool Remove(long id, TimeSpan now)
    {
        if (Find(id) is not { } request)
            return false;
        _parts.Rests.NoteCanceled(request, now);
        _life.EndWithLink(request, DisconnectCause.Removed, ConnectFailureCause.Canceled, now);
        Reconcile(now);
        return true;
    }

    /// <summary>Asks the gate about all connections and attempts again, after its answers have changed, and ends those that it refuses.</summary>
    /// <returns>The number of connections and attempts that it ended.</returns>
    public int RecheckGate(TimeSpan now)
    {
        var count = 0;
        foreach (var request in Requests.ToArray())
        {
            if (request.Link is not { } link || !_parts.Gatekeeper.Rejudge(link))
                continue;
            count++;
            _life.EndLink(link, DisconnectCause.GateRefused, ConnectFailureCause.GateRefused, now);
        }

        Reconcile(now);
        return count;
    }

    /// <summary>
    /// Changes the groups of automatic connections. Closes the connections that have no place any more in the same step: of those in a group
    /// that has too many, the youngest that fit nowhere else.
    /// </summary>
    public void SetGroups(GroupSet groups, TimeSpan now)
    {
        _groups.Change(groups, now);
        _life.CloseInboundBeyondTotal(now);
        Reconcile(now);
    }

    /// <summary>Makes a trial an automatic connection, in the place of another one or in a vacant one.</summary>
    /// <returns>False when that is not possible; nothing has changed then.</returns>
    public bool Promote(long trialId, long? replacedId, TimeSpan now)
    {
        var isDone = Find(trialId) is { } trial && _groups.TryPromote(trial, replacedId is { } id ? Find(id) : null, isReplacement: replacedId.HasValue, now);
        Reconcile(now);
        return isDone;
    }

    /// <summary>Changes the inbound limit. Lowering it closes the youngest connections above the limit in the same step.</summary>
    public void SetMaxInbound(int? max, TimeSpan now)
    {
        _parts.Admission.MaxInbound = max;
        while (Inbound.Regular.Count > max)
            _life.EndWithLink(Inbound.Regular.Last!.Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
        Reconcile(now);
    }

    /// <summary>
    /// Changes the other inbound limits for new connections; a lower total closes the youngest inbound connections above it in the same step.
    /// </summary>
    public void SetInboundLimits(InboundLimits limits, TimeSpan now)
    {
        _parts.Admission.Limits = limits;
        _life.CloseInboundBeyondTotal(now);
        Reconcile(now);
    }

    /// <summary>
    /// Switches the network off: closes everything, and dials and accepts nothing. Permanent requests are dialled again after
    /// <see cref="Resume"/>.
    /// </summary>
    /// <returns>True when it was on.</returns>
    public bool Suspend(TimeSpan now)
    {
        if (IsSuspended || IsStopped)
            return false;
        _parts.IsSuspended = true;
        foreach (var request in Requests.ToArray())
        {
            _parts.Timers.Clear(request);
            if (request.Link is { } link)
                _life.EndLink(link, DisconnectCause.NetworkSuspended, ConnectFailureCause.Canceled, now);
        }

        Reconcile(now);
        return true;
    }

    /// <summary>Switches the network on again.</summary>
    /// <returns>True when it was off.</returns>
    public bool Resume(TimeSpan now)
    {
        if (!IsSuspended || IsStopped)
            return false;
        _parts.IsSuspended = false;
        _parts.Budget.Pace.NetworkChanged();
        Activate(now);
        return true;
    }

    /// <summary>Ends everything permanently.</summary>
    public void Stop(TimeSpan now)
    {
        if (IsStopped)
            return;
        _parts.IsStopped = true;
        foreach (var request in Requests.ToArray())
            _life.EndWithLink(request, DisconnectCause.Stopped, ConnectFailureCause.Stopped, now);
        Reconcile(now);
    }

    /// <summary>Handles the answer of the source: an address, or none.</summary>
    public void SourceAnswered(Candidate? candidate, TimeSpan now)
    {
        var wasCanceled = _pump.Answer();
        if (candidate is { } offered)
            _offers.Offer(offered, now);
        else if (!wasCanceled && _parts.IsActive)
            _offers.Rest(isEmpty: true, now);
        _pump.ApplyLateNotification(now);
        Reconcile(now);
    }

    /// <summary>Handles the notification that addresses are available again.</summary>
    public void AddressesAvailable(TimeSpan now)
    {
        _pump.Notify(now);
        Reconcile(now);
    }

    /// <summary>Reserves one of the addresses of a name for the dial that is about to try it.</summary>
    /// <returns>An error when it must not be tried; null when it may.</returns>
    public ConnectFailedException? Reserve(Link link, EndPoint remoteEndPoint) => _parts.Remotes.Reserve(link, remoteEndPoint);

    /// <summary>Admits or refuses a connection that a listener accepted.</summary>
    /// <param name="remoteEndPoint">The peer, when it is known.</param>
    /// <param name="listener">The listener.</param>
    /// <param name="now">The current time.</param>
    /// <param name="refusal">The reason for the refusal; <see cref="ConnectFailureCause.None"/> if it is admitted.</param>
    /// <returns>The connection, whose handle the shell sets; null if it is refused.</returns>
    public Link? Accept(EndPoint? remoteEndPoint, ListenerInfo listener, TimeSpan now, out ConnectFailureCause refusal)
    {
        var link = _links.Accept(remoteEndPoint, listener, now, out refusal);
        if (link is null)
            Refuse(refusal);
        else
            Reconcile(now);
        return link;
    }

    /// <summary>Counts an unusable connection of a listener as refused.</summary>
    public void Refuse(ConnectFailureCause cause) => Refusals.Add(cause);

    /// <summary>Handles the success of a dial. When the attempt has ended in the meantime, the shell disposes the stream.</summary>
    public void DialSucceeded(Link link, EndPoint? remoteEndPoint, TimeSpan now)
    {
        if (_links.OnDialed(link, remoteEndPoint, now))
            Reconcile(now);
    }

    /// <summary>Handles the success of a handshake.</summary>
    public void HandshakeSucceeded(Link link, UInt128 traits, TimeSpan now)
    {
        if (_links.OnHandshaken(link, traits, now))
            Reconcile(now);
    }

    /// <summary>Handles a change of the traits of a connection.</summary>
    public void TraitsChanged(Link link, UInt128 traits, TimeSpan now)
    {
        _groups.ChangeTraits(link, traits, now);
        Reconcile(now);
    }

    /// <summary>Handles the failure of a dial or a handshake.</summary>
    public void AttemptFailed(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        if (_links.OnFailed(link, phase, cause, exception, now))
            Reconcile(now);
    }

    /// <summary>Handles the end of a connection's handler, or of a connection that its user closed.</summary>
    public void ConnectionEnded(Link link, DisconnectReason reason, TimeSpan now)
    {
        if (_links.OnEnded(link, reason, now))
            Reconcile(now);
    }

    private void Reconcile(TimeSpan now) => _reconciler.Reconcile(now);

    /// <summary>Dials the requests that wait for the network to be active.</summary>
    private void Activate(TimeSpan now)
    {
        if (_parts.IsActive)
        {
            foreach (var request in Requests.ToArray())
            {
                if (request is { Link: null, EndPoint: not null, IsEnded: false })
                    _life.TryDial(request, now);
            }
        }

        Reconcile(now);
    }
}
