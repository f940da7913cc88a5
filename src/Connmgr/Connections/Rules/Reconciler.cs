namespace Connmgr.Rules;

/// <summary>
/// Compares the wanted state with the actual one, from counters and never by scanning: settles the groups, and asks the source for the
/// addresses that vacant slots need. The last step of every event of <see cref="ConnectionRules"/>.
/// </summary>
/// <param name="parts">The tables.</param>
/// <param name="groups">The groups of automatic connections.</param>
internal sealed class Reconciler(RulesParts parts, GroupLife groups)
{
    /// <summary>Compares, and adds the resulting effects.</summary>
    public void Reconcile(TimeSpan now)
    {
        var (pump, slots) = (parts.Pump, parts.Slots);
        groups.Settle(now);
        parts.Budget.Fit(slots, now);
        var wanted = parts.FindWanted();
        if (wanted != 0)
            parts.Wanted.Set(slots.Groups, wanted, slots.Assignment.FindEntrances(wanted));
        Span<int> vacant = stackalloc int[slots.Groups.Count];
        for (var group = 0; group < vacant.Length; group++)
            vacant[group] = slots.Assignment.GetVacant(group);
        var step = pump.Decide(parts.IsActive, wanted, vacant, now, out var at);
        if (step == SourceStep.Wait)
            parts.Timers.Set(pump, at);
        else
            parts.Timers.Clear(pump);
        if (step == SourceStep.Ask)
            parts.Effects.Add(Effect.Ask(pump.AskedFor));
        else if (step == SourceStep.Cancel)
            parts.Effects.Add(Effect.CancelAsk());
        parts.AssertConsistent();
    }
}
