using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>The places under <see cref="InboundLimits.MaxConnections"/>, the limit of all connections and attempts together.</summary>
internal sealed class Capacity(DialSlots slots, InboundLinks inbound, InboundAdmission admission, bool hasSource)
{
    /// <summary>Links of one-off and permanent requests that have not ended, in any phase.</summary>
    private int _userLinks;

    /// <summary>
    /// True when there is a place for one more connection that is not automatic. The places of the target count as taken, in use or not.
    /// Design I-5.
    /// </summary>
    public bool HasRoom => FreeAfter(ReservedForTarget) > 0;

    /// <summary>True when there is a place for one more automatic dial: one that is reserved for the target, or a free one.</summary>
    public bool HasAutomaticRoom => FreeAfter(slots.Links) > 0;

    /// <summary>True when there are more connections than the limit, because it was lowered.</summary>
    public bool IsExceeded => FreeAfter(ReservedForTarget) < 0;

    private int ReservedForTarget => Math.Max(hasSource ? slots.Target : 0, slots.Links);

    /// <summary>Counts a link of a one-off or permanent request in.</summary>
    public void AddUserLink() => _userLinks++;

    /// <summary>Counts a link of a one-off or permanent request out.</summary>
    public void RemoveUserLink()
    {
        _userLinks--;
        Debug.Assert(_userLinks >= 0, $"{_userLinks} links of one-off and permanent requests.");
    }

    private long FreeAfter(int automatic) =>
        (admission.Limits.MaxConnections ?? long.MaxValue) - inbound.Regular.Count - admission.AllowedPlaces - _userLinks - automatic;
}
