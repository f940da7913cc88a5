namespace Connmgr.Rules;

/// <summary>What users ask for: connect, disconnect, remove.</summary>
internal sealed partial class ConnectionRules
{
    /// <summary>A one-off or permanent request for an address.</summary>
    public void Connect(Request request, TimeSpan now)
    {
        request.Key = EndPointKey.Of(request.EndPoint!);
        if (IsStopped)
            EndUndialed(request, ConnectFailureCause.Stopped);
        else if (!TryClaim(request, now))
            EndUndialed(request, ConnectFailureCause.DuplicateAddress, InUse(request.Key, _claims.OwnerOf(request.Key)!));
        else
        {
            _requests.Add(request.Id, request);
            if (IsActive)
                TryDial(request, now);
        }

        Settle(now);
    }

    /// <summary>A one-off request whose address the source is to give.</summary>
    public void ConnectFromSource(Request request, TimeSpan now)
    {
        if (IsStopped)
            EndUndialed(request, ConnectFailureCause.Stopped);
        else if (!_options.HasSource)
            EndUndialed(request, ConnectFailureCause.NoAddress);
        else
        {
            _requests.Add(request.Id, request);
            request.FromSource = true;
            request.Waiting = _oneOffs.AddLast(request);
        }

        Settle(now);
    }

    /// <summary>Ends the connection or attempt of a request. A permanent one is tried again; an automatic one is replaced.</summary>
    /// <returns>Whether the id is known.</returns>
    public bool Disconnect(long id, bool triggerReconnect, TimeSpan now)
    {
        if (Find(id) is not { } request)
            return false;
        if (request.Link is { Phase: LinkPhase.Established } connected)
            Close(connected, DisconnectReason.Of(DisconnectCause.Disconnected), triggerReconnect, now);
        else
        {
            if (request.Link is { } attempt)
                GiveUp(attempt, now);
            else if (request.Kind != ConnectionKind.Permanent)
                EndUndialed(request, ConnectFailureCause.Canceled);
            if (triggerReconnect && IsActive && request.Kind == ConnectionKind.Permanent)
                TryDial(request, now);
        }

        Settle(now);
        return true;
    }

    /// <summary>Ends a request for good, with its connection or attempt.</summary>
    /// <returns>Whether the id is known.</returns>
    public bool Remove(long id, TimeSpan now)
    {
        if (Find(id) is not { } request)
            return false;
        RestAfterGivingUp(request, now);
        EndWithLink(request, DisconnectCause.Removed, ConnectFailureCause.Canceled, now);
        Settle(now);
        return true;
    }

    private void GiveUp(Link attempt, TimeSpan now)
    {
        RestAfterGivingUp(attempt.Request, now);
        FailAttempt(attempt, ConnectFailureCause.Canceled, now);
    }

    /// <summary>
    /// The address of an attempt that its user gave up is left alone too, though nothing is held against it: a handshake that disconnects
    /// itself must not have it dialled again at once.
    /// </summary>
    private void RestAfterGivingUp(Request request, TimeSpan now)
    {
        if (request is { FromSource: true, Link.Phase: LinkPhase.Dialing or LinkPhase.Handshaking, Key: { } key })
            _resting.Add(key, now);
    }

    private void EndWithLink(Request request, DisconnectCause disconnectCause, ConnectFailureCause failureCause, TimeSpan now)
    {
        if (request.Link is not { } link)
        {
            if (request.Attempts == 0)
                NotDialed(request, failureCause);
        }
        else if (link.Phase == LinkPhase.Established)
            CloseLink(link, DisconnectReason.Of(disconnectCause), now);
        else
            EndAttempt(link, PhaseOf(link), failureCause, exception: null, now);
        End(request);
    }

    /// <summary>Claims the address; a permanent request takes it over from any but another permanent one.</summary>
    private bool TryClaim(Request request, TimeSpan now)
    {
        if (_options.AllowDuplicateAddresses)
            return true;
        if (_claims.OwnerOf(request.Key!) is { } owner)
        {
            if (request.Kind != ConnectionKind.Permanent || owner.Kind == ConnectionKind.Permanent)
                return false;
            EndWithLink(owner, DisconnectCause.Superseded, ConnectFailureCause.Superseded, now);
        }

        return _claims.TryClaim(request.Key!, request);
    }
}
