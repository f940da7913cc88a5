namespace Connmgr;

/// <summary>
/// The entries that proved good while another entry occupied their place in tried. An occupant loses its place only after a connection to it
/// failed ("test before evict"). Otherwise an attacker with many addresses could push out every address that ever answered.
/// </summary>
internal sealed class TriedCollisions
{
    private const int Max = 10;
    private const long ProvenFor = 4 * 60 * 60;
    private const long TestTime = 60;
    private const long TestWindow = 40 * 60;

    private readonly List<BookEntry> _claimants = [];

    /// <summary>Adds a claimant. If there are too many, ignores it: it can claim again after its next success.</summary>
    public void Add(BookEntry claimant)
    {
        if (_claimants.Count < Max && !_claimants.Contains(claimant))
            _claimants.Add(claimant);
    }

    /// <summary>Decides all collisions that can be decided now.</summary>
    public void Resolve(BookTables tables, long now)
    {
        for (var i = _claimants.Count - 1; i >= 0; i--)
        {
            var claimant = _claimants[i];
            var verdict = IsPending(claimant) ? Decide(claimant, tables.OccupantOfTried(claimant), now) : Verdict.Drop;
            if (verdict == Verdict.Wait)
                continue;
            _claimants.RemoveAt(i);
            if (verdict == Verdict.Replace)
                tables.MarkGood(claimant, now, evict: true);
        }
    }

    /// <summary>Picks the occupant of the place that a random claimant wants.</summary>
    public BookEntry? PickOccupant(BookTables tables, Random random)
    {
        if (_claimants.Count == 0)
            return null;
        var i = random.Next(_claimants.Count);
        if (IsPending(_claimants[i]))
            return tables.OccupantOfTried(_claimants[i]);
        _claimants.RemoveAt(i);
        return null;
    }

    private static bool IsPending(BookEntry claimant) => claimant is { Index: >= 0, IsTried: false };

    private static Verdict Decide(BookEntry claimant, BookEntry? occupant, long now)
    {
        if (occupant is null)
            return Verdict.Replace;
        if (now - occupant.LastSuccess < ProvenFor)
            return Verdict.Drop;
        if (now - occupant.LastAttempt < ProvenFor)
            return now - occupant.LastAttempt > TestTime ? Verdict.Replace : Verdict.Wait;
        return now - claimant.LastSuccess > TestWindow ? Verdict.Replace : Verdict.Wait;
    }

    private enum Verdict
    {
        Wait,
        Drop,
        Replace,
    }
}
