namespace Connmgr.Hosting;

/// <summary>Finds what a misspelt name was meant to be. Pure.</summary>
internal static class NearestText
{
    /// <summary>Longer ones are no slip of the pen, and not worth the time.</summary>
    private const int LongestText = 100;

    /// <summary>Finds the nearest of some texts, case aside.</summary>
    /// <param name="text">The text.</param>
    /// <param name="candidates">The texts.</param>
    /// <returns>The first of the nearest; null when none is near: more than a third of it would have to change.</returns>
    public static string? Of(string text, IEnumerable<string> candidates)
    {
        if (text.Length > LongestText)
            return null;
        var nearest = candidates.Select(candidate => (Text: candidate, Distance: Distance(text.ToUpperInvariant(), candidate.ToUpperInvariant()))).MinBy(static each => each.Distance);
        return nearest.Text is not null && nearest.Distance <= Math.Max(1, text.Length / 3) ? nearest.Text : null;
    }

    /// <summary>How many letters are to be added, left out or replaced.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < other.Length; j++)
            {
                var replaced = diagonal + (one[i] == other[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }

        return row[^1];
    }
}
