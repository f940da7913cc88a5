namespace Connmgr.Rules;

/// <summary>The steps that concern the groups of automatic connections: moves, other groups, other traits.</summary>
internal sealed class GroupLife(RulesParts parts, RequestLife life)
{
    private readonly DialSlots _slots = parts.Slots;

    /// <summary>
    /// Brings the connections into their groups once everything that an event ends has left, and gives up the attempts that no vacant slot
    /// needs.
    /// </summary>
    public void Settle(TimeSpan now)
    {
        _slots.Assignment.Settle();
        life.PublishMoves(joined: null);
        while (_slots.FindSurplus() is { } surplus)
            life.Fail(surplus, ConnectFailureCause.Canceled, now);
    }

    /// <summary>Puts other groups in the place of the current ones, and ends what has no place any more.</summary>
    public void Change(GroupSet groups, TimeSpan now)
    {
        var old = _slots.Groups;
        if (groups.All.Any(group => old.IndexOf(group.Name) is not (>= 0 and var index) || old.All[index].Target < group.Target))
            parts.Budget.Pace.MoreWanted();
        if (!groups.HasSameRequirements(old))
            parts.Pump.GroupsChanged();
        var ended = _slots.Change(groups);
        parts.Budget.Fit(_slots, now);
        for (var i = ended.Count - 1; i >= 0; i--)
            life.EndWithLink(ended[i].Request, DisconnectCause.LimitLowered, ConnectFailureCause.Canceled, now);
    }

    /// <summary>Finds the reason why a trial must not begin now.</summary>
    public ConnectFailureCause FindRefusal(Request trial, TimeSpan now) => parts.Trials >= parts.Options.Manager.MaxTrials
        ? ConnectFailureCause.ConnectionLimit
        : parts.Candidates.GetRefusal(trial.EndPoint!, trial.Key!, ConnectionKind.Trial, now);

    /// <summary>Makes a trial an automatic connection, in the place of another one if there is one to replace, which ends.</summary>
    /// <returns>False when that is not possible; nothing has changed then.</returns>
    public bool TryPromote(Request trial, Request? replaced, bool isReplacement, TimeSpan now)
    {
        if (trial is not { Kind: ConnectionKind.Trial, Link: { Phase: LinkPhase.Established } link })
            return false;
        var other = replaced is { Kind: ConnectionKind.Automatic, Link: { Phase: LinkPhase.Established } established } ? established : null;
        if (isReplacement && other is null)
            return false;
        link.Fits = _slots.Groups.FindFits(link.Profile, link.GroupAddress, link.Traits);
        if (other is null ? !_slots.Assignment.TryAdd(link) : !_slots.Assignment.TryReplace(other, link))
            return false;
        parts.Trials--;
        parts.Capacity.RemoveUserLink();
        trial.Kind = ConnectionKind.Automatic;
        if (other is not null)
            life.Close(other, DisconnectReason.FromCause(DisconnectCause.Replaced), triggerReconnect: false, now);
        _slots.Assignment.Settle();
        life.PublishMoves(joined: link);
        parts.Effects.Add(Effect.Promote(link));
        return true;
    }

    /// <summary>Assigns a connection whose traits have changed; ends it when no vacant group takes it.</summary>
    public void ChangeTraits(Link link, UInt128 traits, TimeSpan now)
    {
        if (link.Phase != LinkPhase.Established)
            return;
        link.Traits = traits;
        if (link.Request.Kind != ConnectionKind.Automatic)
            return;
        if (_slots.Assignment.TryChange(link, _slots.Groups.FindFits(link.Profile, link.GroupAddress, traits)))
            return;
        parts.Unsuited.Add(link.Request.Key!, traits, now);
        life.Close(link, DisconnectReason.FromCause(DisconnectCause.Unsuited), triggerReconnect: false, now);
    }
}
