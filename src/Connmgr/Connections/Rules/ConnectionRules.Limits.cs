namespace Connmgr.Rules;

/// <summary>Changes while running: target, limits, network off and on, stop.</summary>
internal sealed partial class ConnectionRules
{
    /// <summary>Changes the number of automatic connections. Lowering it closes the youngest above it in the same step.</summary>
    public void SetTargetOutbound(int target, TimeSpan now)
    {
        if (target > TargetOutbound)
            _dialPace.MoreWanted();
        TargetOutbound = target;
        SetPace(now);
        while (Vacant < 0)
            EndWithLink((_reconnecting.Last ?? _automatic.Last)!.Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
        CloseInboundBeyondTotal(now);
        Settle(now);
    }

    /// <summary>Changes the inbound limit. Lowering it closes the youngest above it in the same step.</summary>
    public void SetMaxInbound(int? max, TimeSpan now)
    {
        MaxInbound = max;
        while (_inbound.Count > max)
            EndWithLink(_inbound.Last!.Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
        Settle(now);
    }

    /// <summary>
    /// Changes the other inbound limits, for those that come from now on; a lower total closes the youngest inbound connections above it in
    /// the same step.
    /// </summary>
    public void SetInboundLimits(InboundLimits limits, TimeSpan now)
    {
        Limits = limits;
        _allowed = new AllowedRanges(limits.Allowed);
        CloseInboundBeyondTotal(now);
        Settle(now);
    }

    /// <summary>Switches the network off: everything is closed, nothing is dialled or accepted. What is to be kept is kept in mind.</summary>
    /// <returns>Whether it was on.</returns>
    public bool Suspend(TimeSpan now)
    {
        if (IsSuspended || IsStopped)
            return false;
        IsSuspended = true;
        foreach (var request in _requests.Values.ToArray())
        {
            _timers.Clear(request);
            if (request.Link is not { } link)
                continue;
            if (link.Phase == LinkPhase.Established)
                Close(link, DisconnectReason.Of(DisconnectCause.NetworkSuspended), triggerReconnect: false, now);
            else
                FailAttempt(link, ConnectFailureCause.Canceled, now);
        }

        Settle(now);
        return true;
    }

    /// <summary>Switches the network on again.</summary>
    /// <returns>Whether it was off.</returns>
    public bool Resume(TimeSpan now)
    {
        if (!IsSuspended || IsStopped)
            return false;
        IsSuspended = false;
        _dialPace.NetworkChanged();
        Activate(now);
        return true;
    }

    /// <summary>Ends everything, for good.</summary>
    public void Stop(TimeSpan now)
    {
        if (IsStopped)
            return;
        IsStopped = true;
        foreach (var request in _requests.Values.ToArray())
            EndWithLink(request, DisconnectCause.Stopped, ConnectFailureCause.Stopped, now);
        Settle(now);
    }
}
