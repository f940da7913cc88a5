namespace Connmgr.Tool;

/// <summary>
/// The division of a screen into sections. It depends on the wanted peers rather than the connected ones, so that sections do not jump. A
/// low screen has fewer sections, and peers come first.
/// </summary>
/// <param name="Peers">Rows for peers.</param>
/// <param name="Dials">Rows for dials in progress.</param>
/// <param name="Events">Rows for events.</param>
internal sealed record ScreenPlan(int Peers, int Dials, int Events)
{
    private const int MaxDials = 6;
    private const int MaxReservedEvents = 5;

    /// <summary>True when the header shows addresses, bans, seeds and Tor.</summary>
    public required bool HasFacts { get; init; }

    /// <summary>True when the header shows the dashboard's URL.</summary>
    public required bool HasLink { get; init; }

    /// <summary>True when the table of peers has a title row.</summary>
    public required bool HasHead { get; init; }

    /// <summary>True when there is a section of dials in progress.</summary>
    public required bool HasDials { get; init; }

    /// <summary>True when there is a section of events.</summary>
    public required bool HasEvents { get; init; }

    /// <summary>The number of lines that are not rows: two of the header, the title of the peers, and those of this plan.</summary>
    public int FixedLines => 3 + (HasFacts ? 1 : 0) + (HasLink ? 1 : 0) + (HasHead ? 1 : 0) + (HasDials ? 1 : 0) + (HasEvents ? 1 : 0);

    /// <summary>Creates a plan.</summary>
    /// <param name="height">The lines of the screen.</param>
    /// <param name="peers">The number of peers connected or wanted, whichever is greater.</param>
    /// <param name="hasLink">True when there is a dashboard.</param>
    public static ScreenPlan For(int height, int peers, bool hasLink)
    {
        var plan = new ScreenPlan(0, 0, 0)
        {
            HasFacts = height >= 16,
            HasLink = hasLink && height >= 16,
            HasHead = height >= 6,
            HasEvents = height >= 9,
            HasDials = height >= 12,
        };
        var free = Math.Max(height - plan.FixedLines, 0);
        var dials = plan.HasDials ? Math.Min(MaxDials, free / 5) : 0;
        var leastEvents = plan.HasEvents ? Math.Clamp(free / 4, 1, MaxReservedEvents) : 0;
        var forPeers = plan.HasEvents ? Math.Clamp(peers, 0, free - dials - leastEvents) : free;
        return plan with { Peers = forPeers, Dials = dials, Events = free - dials - forPeers };
    }
}
