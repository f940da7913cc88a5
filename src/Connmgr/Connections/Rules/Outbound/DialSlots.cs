using System.Diagnostics;

namespace Connmgr.Rules;

/// <summary>
/// The automatic slots, with the connections and attempts that fill them. A vacant slot has one young attempt, or more if most addresses
/// are dead. An attempt without an answer within the hedge delay is aged, and another may start in addition to it.
/// </summary>
internal sealed class DialSlots(int target, int maxHedged)
{
    /// <summary>Running dials and handshakes that hold no slot. The youngest are given up when all slots are filled.</summary>
    private readonly LinkList _attempts = new();

    /// <summary>Dials and handshakes of a triggered reconnect, which hold the slot of the connection before.</summary>
    private readonly LinkList _reconnecting = new();

    /// <summary>Established automatic connections.</summary>
    private readonly LinkList _connections = new();

    private readonly DialWidth _width = new();

    /// <summary>Links in <see cref="_attempts"/> with <see cref="Link.IsAged"/>.</summary>
    private int _aged;

    /// <summary>The number of automatic connections that are wanted.</summary>
    public int Target { get; set; } = target;

    /// <summary>The most attempts beyond one for each vacant slot. Set again when the file descriptors are counted.</summary>
    public int MaxHedged { get; set; } = maxHedged;

    /// <summary>
    /// Automatic attempts that were given up and whose dial or handshake has not returned: links with <see cref="Link.IsAbandoned"/>, which
    /// are in no list.
    /// </summary>
    public int Abandoned { get; private set; }

    /// <summary>Established automatic connections.</summary>
    public int Connections => _connections.Count;

    /// <summary>Automatic links of all phases but the last.</summary>
    public int Links => _connections.Count + _reconnecting.Count + _attempts.Count;

    /// <summary>Slots without a connection and without a reconnect; negative while a lowered target is being applied.</summary>
    public int Vacant => Target - _connections.Count - _reconnecting.Count;

    /// <summary>The youngest attempt that is not needed, because no slot is vacant.</summary>
    public Link? Surplus => Vacant <= 0 ? _attempts.Last : null;

    /// <summary>The youngest link that holds a slot.</summary>
    public Link? YoungestHolder => _reconnecting.Last ?? _connections.Last;

    /// <summary>
    /// True when a vacant slot has no young attempt. The first dial of a slot is always wanted; further ones only while the attempts in
    /// addition to one per slot, including given-up ones that are still running, are within <see cref="MaxHedged"/>.
    /// </summary>
    public bool LacksAttempt =>
        _attempts.Count - _aged < (long)Vacant * _width.Value
        && (_attempts.Count < Vacant || _attempts.Count + Abandoned < (long)Vacant + MaxHedged);

    /// <summary>Adds a link whose dial begins.</summary>
    public void Add(Link link) => (link.Request.HoldsSlot ? _reconnecting : _attempts).Add(link);

    /// <summary>Moves a link, whose attempt succeeded, to the connections.</summary>
    public void Establish(Link link)
    {
        Remove(link);
        _width.Answered();
        _connections.Add(link);
    }

    /// <summary>Takes a link out.</summary>
    public void Remove(Link link)
    {
        if (link.IsAged)
        {
            link.IsAged = false;
            _aged--;
        }

        link.List!.Remove(link);
    }

    /// <summary>
    /// Notes that an attempt was given up, whose dial or handshake may still run. Until it returns it counts as hedged. Design C-13.
    /// </summary>
    public void Abandon(Link link)
    {
        if (!link.IsRunning)
            return;
        link.IsAbandoned = true;
        Abandoned++;
    }

    /// <summary>Notes that the dial or handshake of an attempt that was given up has returned.</summary>
    public void Release(Link link)
    {
        link.IsAbandoned = false;
        Abandoned--;
    }

    /// <summary>Gets the next moment at which something about a link changes: it ages, is silent, or must be done.</summary>
    public TimeSpan GetNextMoment(Link link)
    {
        var at = link switch
        {
            _ when link.List != _attempts => link.Deadline,
            { IsAged: false } => link.AgesAt,
            { IsSilent: false } => link.SilentAt,
            _ => link.Deadline,
        };
        return at < link.Deadline ? at : link.Deadline;
    }

    /// <summary>Notes that an attempt has reached the moment at which it ages, or is silent.</summary>
    public void Age(Link link)
    {
        if (link.IsAged)
            NoteSilence(link);
        else
        {
            link.IsAged = true;
            _aged++;
        }
    }

    /// <summary>Notes that an attempt got no answer at all.</summary>
    public void NoteTimeout(Link link)
    {
        if (link.List == _attempts)
            NoteSilence(link);
    }

    /// <summary>Asserts what holds after each event.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        Debug.Assert(Vacant >= 0, $"{Connections} connections and {_reconnecting.Count} reconnects for {Target} slots.");
        Debug.Assert(Vacant > 0 || _attempts.Count == 0, $"{_attempts.Count} attempts, and no vacant slot.");
        Debug.Assert(_aged >= 0 && _aged <= _attempts.Count, $"{_aged} of {_attempts.Count} attempts are aged.");
        Debug.Assert(Abandoned >= 0, $"{Abandoned} abandoned attempts.");
        if (_attempts.Count > LinkList.MostWalkedByAsserts)
            return;
        Debug.Assert(_attempts.CountWhere(static link => link.IsAged) == _aged, $"{_aged} attempts are counted as aged, {_attempts.CountWhere(static link => link.IsAged)} are.");
        Debug.Assert(
            _attempts.CountWhere(static link => link.Phase is LinkPhase.Dialing or LinkPhase.Handshaking) == _attempts.Count,
            "An attempt is neither a dial nor a handshake.");
    }

    private void NoteSilence(Link link)
    {
        if (!link.IsSilent)
            _width.Silent();
        link.IsSilent = true;
    }
}
