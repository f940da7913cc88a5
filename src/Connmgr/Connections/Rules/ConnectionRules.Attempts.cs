using System.Net;

namespace Connmgr.Rules;

/// <summary>The life of one attempt: dial, handshake, connection, end.</summary>
internal sealed partial class ConnectionRules
{
    /// <summary>A dial gave a stream. When the attempt has ended meanwhile, the stream is the shell's to dispose.</summary>
    public void DialSucceeded(Link link, EndPoint? remoteEndPoint, TimeSpan now)
    {
        if (Returned(link, now))
            return;
        if (link.Route is { } route)
            Answered(route, now);
        link.RemoteEndPoint = remoteEndPoint;
        var refusal = CheckRemote(link, remoteEndPoint, out var exception);
        _reserved.Release(link);
        if (refusal != ConnectFailureCause.None)
            Fail(link, ConnectPhase.Tcp, refusal, exception, now);
        else if (_options.HasHandshake)
            BeginHandshake(link, now);
        else
            Establish(link, now);
        Settle(now);
    }

    /// <summary>A handshake is complete.</summary>
    public void HandshakeSucceeded(Link link, TimeSpan now)
    {
        if (Returned(link, now))
            return;
        if (IsGated(link))
            FailAttempt(link, ConnectFailureCause.Gated, now); // Banned since it was dialled or accepted.
        else
            Establish(link, now);
        Settle(now);
    }

    /// <summary>A dial or a handshake failed.</summary>
    public void AttemptFailed(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        if (Returned(link, now))
            return;
        Fail(link, phase == ConnectPhase.None ? PhaseOf(link) : phase, cause, exception, now);
        Settle(now);
    }

    /// <summary>The connection's handler ended, or the connection was closed by its user.</summary>
    public void ConnectionEnded(Link link, DisconnectReason reason, TimeSpan now)
    {
        switch (link.Phase)
        {
            case LinkPhase.Established:
                Close(link, reason, triggerReconnect: false, now);
                break;
            case LinkPhase.Handshaking:
                // The handshake's own judgement of the peer, whatever words it found.
                var judgement = new ConnectFailedException(
                    ConnectPhase.Handshake, ConnectFailureCause.Protocol, $"The handshake closed the connection: {reason.Detail ?? "no reason given"}.");
                Fail(link, ConnectPhase.Handshake, ConnectFailureCause.Protocol, judgement, now);
                break;
            default:
                return;
        }

        Settle(now);
    }

    /// <summary>Dials a request's address, unless the gate refuses it or there is no place for it.</summary>
    private void TryDial(Request request, TimeSpan now)
    {
        var refusal = IsGated(request.EndPoint!, request.FromSource) ? ConnectFailureCause.Gated
            : request.Kind != ConnectionKind.Automatic && !MakeRoomForAsked(now) ? ConnectFailureCause.LimitReached
            : ConnectFailureCause.None;
        if (refusal == ConnectFailureCause.None)
            Dial(request, now);
        else
        {
            request.Attempts++;
            NotDialed(request, refusal);
            AfterFailure(request, refusal, now);
        }
    }

    private void Dial(Request request, TimeSpan now)
    {
        _timers.Clear(request);
        request.State = ConnectionState.Pending;
        request.Attempts++;
        var route = _routes.Get(request.EndPoint!);
        var link = new Link(request, now)
        {
            Route = route,
            Deadline = now + (route.IsProxied ? _options.ProxyDialTimeout : _options.DialTimeout),
            Netgroup = _options.AllowDuplicateAddresses ? default : _options.GroupOf(request.Key!),
            IsRunning = true,
        };
        request.Link = link;
        Netgroups.Add(link.Netgroup);
        if (request.Kind == ConnectionKind.Automatic)
        {
            route.TakenTo(NetworkWords.SetOf(request.EndPoint));
            if (route.IsProbing)
                route.Probed(now + _options.RetryDuration);
            link.AgesAt = now + (route.IsProxied ? _options.ProxyDialHedgeDelay : _options.DialHedgeDelay);
            (request.HoldsSlot ? _reconnecting : _attempts).Add(link);
        }
        else
            _asked++;

        SetTimer(link);
        _effects.Add(Effect.Dial(link));
    }

    /// <summary>What forbids a connection whose remote address is known only now: a name that led to an address in use, or to a banned one.</summary>
    private ConnectFailureCause CheckRemote(Link link, EndPoint? remoteEndPoint, out ConnectFailedException? exception)
    {
        exception = null;
        var request = link.Request;
        if (IsGated(link))
            return ConnectFailureCause.Gated;
        if (remoteEndPoint is null || _options.AllowDuplicateAddresses)
            return ConnectFailureCause.None;
        var key = EndPointKey.Of(remoteEndPoint);
        if (key.Equals(request.Key))
            return ConnectFailureCause.None;
        var group = link.Netgroup.IsNone ? _options.GroupOf(key) : default;
        if (request.Kind == ConnectionKind.Automatic && Netgroups.IsFull(group))
            return ConnectFailureCause.NetgroupFull;
        if (HolderOf(key, request) is { } holder)
        {
            exception = InUse(key, holder);
            return ConnectFailureCause.DuplicateAddress;
        }

        _claims.TryClaim(key, request);
        link.RemoteKey = key;
        if (link.Netgroup.IsNone)
        {
            link.Netgroup = group;
            Netgroups.Add(group);
        }

        return ConnectFailureCause.None;
    }


    private void BeginHandshake(Link link, TimeSpan now)
    {
        link.Phase = LinkPhase.Handshaking;
        link.HandshakeStartedAt = now;
        link.Deadline = now + _options.HandshakeTimeout;
        link.IsRunning = true;
        SetTimer(link);
        _effects.Add(Effect.Handshake(link));
    }

    private void Establish(Link link, TimeSpan now)
    {
        var request = link.Request;
        Unlist(link);
        _timers.Clear(link);
        if (request.Kind == ConnectionKind.Inbound && link.Phase == LinkPhase.Handshaking)
            CountHandshakeOut(link);
        link.Phase = LinkPhase.Established;
        link.EstablishedAt = now;
        if (link.Route is { } route)
            route.Connections++;
        if (request.Kind == ConnectionKind.Automatic)
        {
            _dialWidth.Answered();
            link.FruitlessBefore = _dialPace.Succeeded();
        }

        ListOf(link)?.Add(link);
        request.HoldsSlot = false;
        request.WasEstablished = true;
        request.State = ConnectionState.Established;
        var outcome = OutcomeOf(link, ConnectPhase.None, ConnectFailureCause.None, exception: null, now);
        if (request is { Kind: ConnectionKind.Automatic, Key: { } key } && _flapping.Count > 0)
            outcome = outcome with { ShortConnections = _flapping.TimesOf(key, now) };
        _effects.Add(Effect.Establish(link, outcome));
        ReportToSource(request, outcome);
    }

    /// <summary>Ends a connection, and decides what becomes of its request.</summary>
    private void Close(Link link, DisconnectReason reason, bool triggerReconnect, TimeSpan now)
    {
        var request = link.Request;
        var lasted = CloseLink(link, reason, now);
        request.Failures = lasted ? 1 : request.Failures + 1;

        // Once only: a reconnect that was lost quickly is not followed by another, or a handler could dial without end.
        var reconnect = triggerReconnect && IsActive && (lasted || !request.IsReconnect);
        request.IsReconnect = false;
        switch (request.Kind)
        {
            case ConnectionKind.Permanent when reconnect:
            case ConnectionKind.OneOff when reconnect:
                request.IsReconnect = true;
                TryDial(request, now);
                break;
            case ConnectionKind.Automatic when reconnect && Vacant > 0 && _dialBucket.TryTake(now):
                request.IsReconnect = true;
                request.HoldsSlot = true;
                TryDial(request, now);
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

    /// <summary>Takes a connection out of the tables.</summary>
    /// <returns>Whether it lasted.</returns>
    private bool CloseLink(Link link, DisconnectReason reason, TimeSpan now)
    {
        var stood = now - link.EstablishedAt;
        var lasted = stood >= _options.RetryDuration;
        Unlink(link);
        _effects.Add(Effect.Close(link, reason));
        if (link.Request is { FromSource: true, Key: { } key } request && !(request.Kind == ConnectionKind.Automatic && JudgeEnd(link, stood, reason.Cause, now)) && !lasted)
            _resting.Add(key, now);
        return lasted;
    }

    /// <summary>What the end of an automatic connection tells of its address: one that leaves soon, again and again, rests longer each time.</summary>
    /// <returns>Whether it left soon.</returns>
    private bool JudgeEnd(Link link, TimeSpan stood, DisconnectCause cause, TimeSpan now)
    {
        var request = link.Request;
        if (stood >= _flapping.LastingFrom)
        {
            if (_flapping.Remove(request.Key!, now) > 0)
                ReportEnd(request, shortInRow: 0);
            return false;
        }

        if (IsOwnDoing(cause))
            return false;
        _dialPace.TakeBack(link.FruitlessBefore);
        ReportEnd(request, _flapping.Add(request.Key!, now));
        return true;
    }

    /// <summary>Whether a connection was ended by us, for whatever reason: that says nothing of its address.</summary>
    private static bool IsOwnDoing(DisconnectCause cause) => cause is DisconnectCause.Closed or DisconnectCause.Disconnected or DisconnectCause.Removed
        or DisconnectCause.Superseded or DisconnectCause.LimitLowered or DisconnectCause.Gated or DisconnectCause.Evicted or DisconnectCause.NetworkSuspended
        or DisconnectCause.Stopped;

    private void FailAttempt(Link link, ConnectFailureCause cause, TimeSpan now) => Fail(link, PhaseOf(link), cause, exception: null, now);

    private void Fail(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        EndAttempt(link, phase, cause, exception, now);
        AfterFailure(link.Request, cause, now);
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

        if (IsOwnDoing(cause))
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
        if (IsActive)
            _timers.Set(request, now + Backoff.Delay(request.Failures, _options.RetryDuration, _options.MaxRetryDuration, _options.Random));
    }

    /// <summary>Takes an attempt out of the tables and tells everybody how it ended.</summary>
    private void EndAttempt(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now)
    {
        var request = link.Request;
        if (link.Route is { } route)
            NoteOnRoute(route, link.StartedAt, phase, cause, now);
        var outcome = OutcomeOf(link, phase, cause, exception, now);
        if (cause == ConnectFailureCause.Timeout && link.List == _attempts)
            NoteSilence(link);
        if (request.Kind == ConnectionKind.Automatic && !IsOwnDoing(cause))
            _dialPace.Failed();
        if (cause == ConnectFailureCause.UnsupportedTransport)
            GiveTokenBack(link, now);
        if (link.IsRunning && request.Kind == ConnectionKind.Automatic)
        {
            link.IsAbandoned = true;
            _abandoned++;
        }

        Unlink(link);
        _effects.Add(Effect.Abort(link, outcome));
        if (request.FromSource && !IsOwnDoing(cause))
            _resting.Add(request.Key!, now);
        ReportToSource(request, outcome);
    }

    /// <summary>What an outcome tells of the way out. A refusal or a failed handshake is an answer; silence is none; other causes prove nothing.</summary>
    private void NoteOnRoute(Route route, TimeSpan startedAt, ConnectPhase phase, ConnectFailureCause cause, TimeSpan now)
    {
        if (cause is ConnectFailureCause.Refused or ConnectFailureCause.Reset or ConnectFailureCause.Protocol or ConnectFailureCause.SelfConnection)
            Answered(route, now);
        else if (phase != ConnectPhase.Handshake && IsSilence(cause, route))
            Unanswered(route, startedAt, now);
    }

    /// <summary>
    /// Addresses that swallow what is sent to them, and names that could not be looked up, say nothing against a route on which connections
    /// stand. No way to the host, or to the proxy, does.
    /// </summary>
    private static bool IsSilence(ConnectFailureCause cause, Route route) => cause switch
    {
        ConnectFailureCause.Timeout or ConnectFailureCause.LookupFailed => route.Connections == 0,
        ConnectFailureCause.Unreachable or ConnectFailureCause.ProxyUnreachable => true,
        _ => false,
    };

    private static AttemptOutcome OutcomeOf(Link link, ConnectPhase phase, ConnectFailureCause cause, Exception? exception, TimeSpan now) => new()
    {
        RequestId = link.Request.Id,
        EndPoint = link.Request.EndPoint ?? link.RemoteEndPoint,
        Phase = phase,
        Cause = cause,
        Duration = now - link.StartedAt,
        Exception = exception,
        Tag = link.Request.Tag,
        CountsAgainstAddress = link.Route is { IsProbing: false } && cause is ConnectFailureCause.Refused
            or ConnectFailureCause.Timeout or ConnectFailureCause.Unreachable or ConnectFailureCause.Reset
            or ConnectFailureCause.Protocol or ConnectFailureCause.NameNotFound or ConnectFailureCause.SelfConnection,
    };

    private static bool IsOwnDoing(ConnectFailureCause cause) =>
        cause is ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped;

    public static ConnectPhase PhaseOf(Link link) => link switch
    {
        { Phase: LinkPhase.Handshaking } => ConnectPhase.Handshake,
        { Route.IsProxied: true } => ConnectPhase.Proxy,
        _ => ConnectPhase.Tcp,
    };

    /// <summary>Notes that the shell's dial or handshake has returned.</summary>
    /// <returns>Whether it comes too late: the attempt has ended.</returns>
    private bool Returned(Link link, TimeSpan now)
    {
        link.IsRunning = false;
        if (link.Phase != LinkPhase.Ended)
            return false;
        if (link.IsAbandoned)
        {
            link.IsAbandoned = false;
            _abandoned--;
            Settle(now);
        }

        return true;
    }

    private void OnLinkDue(Link link, TimeSpan now)
    {
        if (now >= link.Deadline)
            FailAttempt(link, ConnectFailureCause.Timeout, now);
        else
        {
            if (link.IsAged)
                NoteSilence(link);
            else
            {
                link.IsAged = true;
                _aged++;
            }

            SetTimer(link);
        }
    }

    private void NoteSilence(Link link)
    {
        if (!link.IsSilent)
            _dialWidth.Silent();
        link.IsSilent = true;
    }

    private void SetTimer(Link link)
    {
        var at = link switch
        {
            _ when link.List != _attempts => link.Deadline,
            { IsAged: false } => link.AgesAt,
            { IsSilent: false } => link.SilentAt,
            _ => link.Deadline,
        };
        _timers.Set(link, at < link.Deadline ? at : link.Deadline);
    }

    private void Unlink(Link link)
    {
        if (link is { Phase: LinkPhase.Established, Route: { } route })
            route.Connections--;
        Unlist(link);
        _timers.Clear(link);
        Netgroups.Remove(link.Netgroup);
        if (link.Request.Kind == ConnectionKind.Inbound)
            CountOut(link);
        else if (link.Request.Kind != ConnectionKind.Automatic)
            _asked--;
        if (link.RemoteKey is { } key)
            _claims.Release(key, link.Request);
        _reserved.Release(link);
        link.Phase = LinkPhase.Ended;
        link.Request.Link = null;
    }

    private void Unlist(Link link)
    {
        if (link.List is not { } list)
            return;
        if (link.IsAged)
        {
            link.IsAged = false;
            _aged--;
        }

        list.Remove(link);
    }

    private LinkList? ListOf(Link link) => link.Request.Kind switch
    {
        ConnectionKind.Automatic => _automatic,
        ConnectionKind.Inbound when link.IsAllowed => _allowedInbound,
        ConnectionKind.Inbound => _inbound,
        _ => null,
    };
}
