using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The life of a request: a dial, a handshake, a connection, an end, a retry. Each method takes one step, updates the tables, and adds the
/// effects for the shell. <see cref="ConnectionRules"/> decides which steps an event takes.
/// </summary>
internal sealed class RequestLife(RulesParts parts)
{
    private readonly RulesOptions _options = parts.Options;
    private readonly List<Effect> _effects = parts.Effects;

    /// <summary>The number of inbound connections and handshakes that were evicted for others.</summary>
    public long Evicted { get; private set; }

    /// <summary>Claims the address. A permanent request takes it over from any request that is not permanent. Design C-12.</summary>
    /// <returns>False when another request keeps it.</returns>
    public bool TryClaim(Request request, TimeSpan now)
    {
        if (_options.Manager.AllowDuplicateAddresses)
            return true;
        if (parts.Claims.GetOwner(request.Key!) is { } owner)
        {
            if (request.Kind != ConnectionKind.Permanent || owner.Kind == ConnectionKind.Permanent)
                return false;
            EndWithLink(owner, DisconnectCause.Superseded, ConnectFailureCause.Superseded, now);
        }

        return parts.Claims.TryClaim(request.Key!, request);
    }

    /// <summary>Dials a request's address, unless the gate refuses it or there is no place for it.</summary>
    public void TryDial(Request request, TimeSpan now) => TryDial(request, DialAim.None with { Profile = request.Profile }, now);

    /// <summary>Dials a request's address.</summary>
    public void Dial(Request request, in DialAim aim, TimeSpan now)
    {
        parts.Timers.Clear(request);
        request.State = ConnectionState.Pending;
        request.Attempts++;
        var route = parts.Outages.Take(request.EndPoint!, request.Kind, now);
        var link = new Link(request, now)
        {
            Route = route,
            Deadline = now + (route.IsProxied ? _options.Manager.ProxyDialTimeout : _options.Manager.DialTimeout),
            AgesAt = now + (route.IsProxied ? _options.Manager.ProxyDialHedgeDelay : _options.Manager.DialHedgeDelay),
            Netgroup = _options.Manager.AllowDuplicateAddresses ? default : _options.GetGroup(request.Key!),
            Profile = aim.Profile,
            GroupIndex = aim.Group,
            Fits = aim.Fits,
            KnowsTraits = aim.Traits.HasValue,
            Traits = aim.Traits ?? UInt128.Zero,
            IsRunning = true,
        };
        request.Link = link;
        parts.Netgroups.Add(link.Netgroup);
        if (request.Kind == ConnectionKind.Automatic)
            parts.Slots.Add(link);
        else
            parts.Capacity.AddUserLink();
        parts.Timers.Set(link, parts.Slots.GetNextMoment(link));
        _effects.Add(Effect.Dial(link));
    }

    private void TryDial(Request request, in DialAim aim, TimeSpan now)
    {
        var refusal = parts.Gatekeeper.RefusesDial(request.EndPoint!, request.IsChosen) ? ConnectFailureCause.GateRefused
            : request.Kind == ConnectionKind.Trial ? CheckRoomForTrial(request)
            : request.Kind != ConnectionKind.Automatic && !MakeRoomForUser(now) ? ConnectFailureCause.ConnectionLimit
            : ConnectFailureCause.None;
        if (refusal == ConnectFailureCause.None)
        {
            Dial(request, aim, now);
            return;
        }

        request.Attempts++;
        _effects.Add(Effect.NotDialed(request, request.Undialed(refusal)));
        AfterFailure(request, refusal, now);
    }

    /// <summary>Begins what follows the dial of an outbound link, or the admission of an inbound one.</summary>
    public void BeginHandshakeOrEstablish(Link link, TimeSpan now)
    {
        if (!_options.HasHandshake)
        {
            Establish(link, UInt128.Zero, now);
            return;
        }

        link.Phase = LinkPhase.Handshaking;
        link.HandshakeStartedAt = now;
        link.Deadline = now + _options.Manager.HandshakeTimeout;
        link.IsRunning = true;
        parts.Timers.Set(link, parts.Slots.GetNextMoment(link));
        _effects.Add(Effect.Handshake(link));
    }

    /// <summary>Turns a successful attempt into a connection, unless no vacant group takes a peer with its traits.</summary>
    public void Establish(Link link, UInt128 traits, TimeSpan now)
    {
        var request = link.Request;
        if (request.Kind == ConnectionKind.Automatic)
        {
            link.Fits = parts.Slots.Groups.FindFits(link.Profile, link.GroupAddress, traits);
            if (!parts.Slots.TryEstablish(link))
            {
                parts.Unsuited.Add(request.Key!, traits, now);
                Fail(link, ConnectFailureCause.Unsuited, now);
                return;
            }

            link.FruitlessBefore = parts.Budget.Pace.Succeeded();
            PublishMoves(joined: link);
        }
        else if (request.Kind == ConnectionKind.Inbound)
            parts.Inbound.Establish(link);
        (link.Traits, link.KnowsTraits) = (traits, true);
        parts.Timers.Clear(link);
        link.Phase = LinkPhase.Established;
        link.EstablishedAt = now;
        if (link.Route is { } route)
            route.Connections++;
        request.HoldsSlot = false;
        request.WasEstablished = true;
        request.State = ConnectionState.Established;
        var outcome = link.OutcomeAt(now, shortConnections: parts.Rests.GetShortConnections(link, now));
        _effects.Add(Effect.Establish(link, outcome));
        ReportToSource(request, outcome);
    }

    /// <summary>Handles a due attempt: it ages or times out.</summary>
    public void OnDue(Link link, TimeSpan now)
    {
        if (now >= link.Deadline)
        {
            Fail(link, ConnectFailureCause.Timeout, now);
            return;
        }

        parts.Slots.Age(link);
        parts.Timers.Set(link, parts.Slots.GetNextMoment(link));
    }

    /// <summary>Ends an attempt in its current phase, and decides about its request.</summary>
    public void Fail(Link link, ConnectFailureCause cause, TimeSpan now) => Fail(link, link.ConnectPhase, cause, exception: null, now);

    /// <inheritdoc cref="Fail(Link, ConnectFailureCause, TimeSpan)"/>
    public void Fail(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        EndAttempt(link, phase, cause, exception, now);
        AfterFailure(link.Request, cause, now);
    }

    /// <summary>Ends a connection, and decides about its request.</summary>
    public void Close(Link link, DisconnectReason reason, bool triggerReconnect, TimeSpan now)
    {
        var request = link.Request;
        var aim = DialAim.FromConnection(link);
        var lasted = now - link.EstablishedAt >= _options.Manager.RetryDuration;
        CloseLink(link, reason, now);
        request.Failures = lasted ? 1 : request.Failures + 1;

        // Only once: a reconnect that was lost quickly is not followed by another; otherwise a handler could dial endlessly. Design C-22.
        var reconnect = triggerReconnect && parts.IsActive && (lasted || !request.IsReconnect);
        request.IsReconnect = false;
        switch (request.Kind)
        {
            case ConnectionKind.Permanent when reconnect:
            case ConnectionKind.OneOff when reconnect:
                request.IsReconnect = true;
                TryDial(request, now);
                break;
            case ConnectionKind.Automatic when reconnect && parts.Slots.Assignment.GetVacant(aim.Group) > 0 && parts.Budget.TryTake(now):
                request.IsReconnect = true;
                request.HoldsSlot = true;
                TryDial(request, aim, now);
                break;
            case ConnectionKind.Permanent:
                request.State = ConnectionState.Pending;
                RetryLater(request, now);
                break;
            default:
                End(request);
                break;
        }
    }

    /// <summary>Ends a connection or an attempt, and decides about its request.</summary>
    public void EndLink(Link link, DisconnectCause disconnectCause, ConnectFailureCause failureCause, TimeSpan now)
    {
        if (link.Phase == LinkPhase.Established)
            Close(link, DisconnectReason.FromCause(disconnectCause), triggerReconnect: false, now);
        else
            Fail(link, failureCause, now);
    }

    /// <summary>
    /// Ends the connection or attempt of a request on behalf of the user. A permanent request is tried again; any other request without a
    /// connection or attempt ends.
    /// </summary>
    public void Disconnect(Request request, bool triggerReconnect, TimeSpan now)
    {
        if (request.Link is { Phase: LinkPhase.Established } connected)
        {
            Close(connected, DisconnectReason.FromCause(DisconnectCause.Disconnected), triggerReconnect, now);
            return;
        }

        parts.Rests.NoteCanceled(request, now);
        if (request.Link is { } attempt)
            Fail(attempt, ConnectFailureCause.Canceled, now);
        else if (request.Kind != ConnectionKind.Permanent)
            EndUndialed(request, ConnectFailureCause.Canceled);
        if (triggerReconnect && parts.IsActive && request.Kind == ConnectionKind.Permanent)
            TryDial(request, now);
    }

    /// <summary>Ends a request for good, with its connection or attempt.</summary>
    public void EndWithLink(Request request, DisconnectCause disconnectCause, ConnectFailureCause failureCause, TimeSpan now)
    {
        if (request.Link is not { } link)
        {
            if (request.Attempts == 0)
                _effects.Add(Effect.NotDialed(request, request.Undialed(failureCause)));
        }
        else if (link.Phase == LinkPhase.Established)
            CloseLink(link, DisconnectReason.FromCause(disconnectCause), now);
        else
            EndAttempt(link, link.ConnectPhase, failureCause, exception: null, now);
        End(request);
    }

    /// <summary>Ends a request without a dial, with the reason.</summary>
    public void EndUndialed(Request request, ConnectFailureCause cause, Exception? exception = null)
    {
        _effects.Add(Effect.NotDialed(request, request.Undialed(cause, exception)));
        End(request);
    }

    /// <summary>Ends inbound connections, one at a time, until the total has a place for one that the user requested.</summary>
    /// <returns>True when the total has a place.</returns>
    public bool MakeRoomForUser(TimeSpan now)
    {
        while (!parts.Capacity.HasRoom)
        {
            if ((parts.Eviction.Choose(parts.Admission.Limits, onlyHandshakes: false, now) ?? parts.Eviction.ChooseYoungest()) is not { } evicted)
                return false;
            Evict(evicted, now);
        }

        return true;
    }

    /// <summary>Checks the limits of a trial, for which nothing makes room.</summary>
    private ConnectFailureCause CheckRoomForTrial(Request trial) =>
        !parts.Capacity.HasRoom ? ConnectFailureCause.ConnectionLimit
        : !_options.Manager.AllowDuplicateAddresses && parts.Netgroups.IsFull(_options.GetGroup(trial.Key!)) ? ConnectFailureCause.NetgroupLimit
        : ConnectFailureCause.None;

    /// <summary>Makes room for an inbound connection. Usually evicts one for the new one; more if a limit was lowered meanwhile.</summary>
    /// <returns>The limit that leaves no room; <see cref="ConnectFailureCause.None"/> if there is room.</returns>
    public ConnectFailureCause MakeRoomFor(in InboundAttempt attempt, TimeSpan now)
    {
        ConnectFailureCause shortage;
        while ((shortage = parts.Admission.FindShortage(attempt, parts.Capacity.HasRoom)) != ConnectFailureCause.None)
        {
            if (attempt.IsDiscouraged
                || parts.Eviction.Choose(parts.Admission.Limits, onlyHandshakes: shortage == ConnectFailureCause.HandshakeLimit, now) is not { } evicted)
                return shortage;
            Evict(evicted, now);
        }

        return ConnectFailureCause.None;
    }

    /// <summary>Ends the youngest inbound connections above the total, after it was lowered.</summary>
    public void CloseInboundBeyondTotal(TimeSpan now)
    {
        while (parts.Capacity.IsExceeded && parts.Inbound.Regular.Last is { } youngest)
            EndWithLink(youngest.Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
    }

    /// <summary>Publishes a change of a route.</summary>
    public void Report(Route route, OutageChange change)
    {
        if (change == OutageChange.Began)
            _effects.Add(Effect.OutageStarted(route));
        else if (change == OutageChange.Ended)
            _effects.Add(Effect.OutageEnded(route));
    }

    /// <summary>Publishes the connections that are in another group than before; not one that has only joined.</summary>
    public void PublishMoves(Link? joined)
    {
        var assignment = parts.Slots.Assignment;
        if (assignment.Moved.Count == 0)
            return;
        foreach (var link in assignment.Moved)
        {
            if (link is not null && link != joined)
                _effects.Add(Effect.Move(link, link.Origin < 0 ? null : parts.Slots.Groups.All[link.Origin].Name));
        }

        assignment.Commit();
    }

    private void Evict(Link link, TimeSpan now)
    {
        Evicted++;
        EndLink(link, DisconnectCause.Evicted, ConnectFailureCause.Evicted, now);
    }

    private void AfterFailure(Request request, ConnectFailureCause cause, TimeSpan now)
    {
        request.HoldsSlot = false;
        request.IsReconnect = false;
        if (request.Kind != ConnectionKind.Permanent)
        {
            End(request);
            return;
        }

        if (cause.IsOwnDoing())
            request.State = ConnectionState.Pending;
        else
        {
            request.State = ConnectionState.Failing;
            request.Failures++;
        }

        RetryLater(request, now);
    }

    private void RetryLater(Request request, TimeSpan now)
    {
        if (parts.IsActive)
            parts.Timers.Set(request, now + Backoff.Delay(request.Failures, _options.Manager.RetryDuration, _options.MaxRetryDuration, _options.Random));
    }

    /// <summary>Removes an attempt from the tables, and reports its outcome.</summary>
    private void EndAttempt(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        var request = link.Request;
        if (link.Route is { } route)
            Report(route, parts.Outages.NoteFailure(route, link.StartedAt, phase, cause, now));
        var outcome = link.OutcomeAt(now, phase, cause, exception);
        if (request.Kind == ConnectionKind.Automatic)
        {
            if (cause == ConnectFailureCause.Timeout)
                parts.Slots.NoteTimeout(link);
            if (!cause.IsOwnDoing())
                parts.Budget.Pace.Failed();
            parts.Slots.Abandon(link);
        }

        if (cause == ConnectFailureCause.UnsupportedTransport)
            parts.Admission.Rates.GiveBack(link, parts.Admission.Limits, now);
        Unlink(link);
        _effects.Add(Effect.Abort(link, outcome));
        parts.Rests.NoteFailure(request, cause, now);
        ReportToSource(request, outcome);
    }

    /// <summary>Removes a connection from the tables, and reports its end.</summary>
    private void CloseLink(Link link, DisconnectReason reason, TimeSpan now)
    {
        var request = link.Request;
        Unlink(link);
        _effects.Add(Effect.Close(link, reason));
        if (parts.Rests.NoteEnd(link, reason.Cause, now) is not { } shortInRow)
            return;
        if (shortInRow > 0)
            parts.Budget.Pace.TakeBack(link.FruitlessBefore);
        _effects.Add(Effect.ReportEnd(new AttemptOutcome { RequestId = request.Id, EndPoint = request.OfferedAs, Tag = request.Tag, ShortConnections = shortInRow }));
    }

    /// <summary>Removes a link from the tables.</summary>
    private void Unlink(Link link)
    {
        Debug.Assert(link.Phase is not (LinkPhase.None or LinkPhase.Ended), $"A link of request {link.Request.Id} ends that is {link.Phase}.");
        if (link is { Phase: LinkPhase.Established, Route: { } route })
            route.Connections--;
        parts.Timers.Clear(link);
        parts.Netgroups.Remove(link.Netgroup);
        if (link.Request.Kind == ConnectionKind.Automatic)
            parts.Slots.Remove(link);
        else if (link.Request.Kind == ConnectionKind.Inbound)
            parts.Inbound.Remove(link);
        else
            parts.Capacity.RemoveUserLink();
        if (link.RemoteKey is { } key)
            parts.Claims.Release(key, link.Request);
        parts.Reserved.Release(link);
        link.Phase = LinkPhase.Ended;
        link.Request.Link = null;
    }

    private void End(Request request)
    {
        if (request.IsEnded)
            return;
        request.IsEnded = true;
        request.State = request.WasEstablished ? ConnectionState.Disconnected : ConnectionState.Canceled;
        parts.Timers.Clear(request);
        if (parts.Requests.Remove(request.Id) && request.Kind == ConnectionKind.Trial)
            parts.Trials--;
        if (request.Key is { } key)
            parts.Claims.Release(key, request);
        parts.Pump.Remove(request);
        _effects.Add(Effect.End(request));
    }

    /// <summary>Reports the first attempt at an address of the source, in the form that the source used.</summary>
    private void ReportToSource(Request request, in AttemptOutcome outcome)
    {
        if (request is { FromSource: true, Attempts: 1 })
            _effects.Add(Effect.Report(outcome with { EndPoint = request.OfferedAs }));
    }
}
