namespace Connmgr.Tool;

/// <summary>
/// How the lines of a screen are shared out. Depends on what is wanted, not on what is there, so that sections do not jump about. A low
/// screen has fewer sections: peers are what it is for.
/// </summary>
/// <param name="Peers">Rows for peers.</param>
/// <param name="Dials">Rows for dials in flight.</param>
/// <param name="Events">Rows for events.</param>
internal sealed record ScreenPlan(int Peers, int Dials, int Events)
{
    private const int MostDials = 6;
    private const int MostLeastEvents = 5;

    /// <summary>Whether the header tells of addresses, bans, seeds and Tor.</summary>
    public required bool HasFacts { get; init; }

    /// <summary>Whether the header has the dashboard's link.</summary>
    public required bool HasLink { get; init; }

    /// <summary>Whether the table of peers has a head.</summary>
    public required bool HasHead { get; init; }

    /// <summary>Whether dials in flight have a section.</summary>
    public required bool HasDials { get; init; }

    /// <summary>Whether events have a section.</summary>
    public required bool HasEvents { get; init; }

    /// <summary>Lines beside the rows: two of the header, the title of the peers, and those that a plan has.</summary>
    public int FixedLines => 3 + (HasFacts ? 1 : 0) + (HasLink ? 1 : 0) + (HasHead ? 1 : 0) + (HasDials ? 1 : 0) + (HasEvents ? 1 : 0);

    /// <summary>Makes a plan.</summary>
    /// <param name="height">The lines of the screen.</param>
    /// <param name="peers">The peers there are, or are wanted, whichever are more.</param>
    /// <param name="hasLink">Whether there is a dashboard.</param>
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
        var dials = plan.HasDials ? Math.Min(MostDials, free / 5) : 0;
        var leastEvents = plan.HasEvents ? Math.Clamp(free / 4, 1, MostLeastEvents) : 0;
        var forPeers = plan.HasEvents ? Math.Clamp(peers, 0, free - dials - leastEvents) : free;
        return plan with { Peers = forPeers, Dials = dials, Events = free - dials - forPeers };
    }
}
