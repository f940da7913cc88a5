namespace Connmgr.Tool;

/// <summary>
/// How the lines of a screen are shared out. Depends on what is wanted, not on what is there, so that sections do not jump about.
/// </summary>
/// <param name="Peers">Rows for peers.</param>
/// <param name="Dials">Rows for dials in flight.</param>
/// <param name="Events">Rows for events.</param>
internal sealed record ScreenPlan(int Peers, int Dials, int Events)
{
    /// <summary>Lines that are always there: three of the header, a title for each section, the head of the table.</summary>
    public const int FixedLines = 7;

    private const int MostDials = 6;

    /// <summary>Makes a plan.</summary>
    /// <param name="height">The lines of the screen.</param>
    /// <param name="peers">The peers there are, or are wanted, whichever are more.</param>
    public static ScreenPlan For(int height, int peers)
    {
        var free = Math.Max(height - FixedLines, 0);
        var dials = Math.Min(MostDials, free / 5);
        var leastEvents = Math.Min(free / 4, 5);
        var forPeers = Math.Clamp(peers, 0, free - dials - leastEvents);
        return new ScreenPlan(forPeers, dials, free - dials - forPeers);
    }
}
