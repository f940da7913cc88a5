namespace Connmgr;

/// <summary>Finds the name that a misspelt one stands for. Pure.</summary>
internal static class NearestText
{
    /// <summary>Longer texts are no typing errors, and not worth the time.</summary>
    private const int LongestText = 100;

    /// <summary>Finds the nearest of some texts, case aside.</summary>
    /// <param name="text">The text.</param>
    /// <param name="candidates">The texts.</param>
    /// <returns>
    /// The first of the nearest, or of those that begin most like it; null when none is near: when more than two letters, and more than a
    /// third of it, would have to change.
    /// </returns>
    public static string? Find(string text, IEnumerable<string> candidates)
    {
        if (text.Length > LongestText)
            return null;
        var nearest = candidates.SelectMany(candidate => Distances(text, candidate)).MinBy(static each => each.Distance);
        return nearest.Candidate is not null && nearest.Distance <= Math.Max(2, text.Length / 3) ? nearest.Candidate : null;
    }

    private static IEnumerable<(string Candidate, int Distance)> Distances(string text, string candidate)
    {
        yield return (candidate, Distance(text.ToUpperInvariant(), candidate.ToUpperInvariant()));
        if (text.Length >= 4 && candidate.Length > text.Length)
            yield return (candidate, Distance(text.ToUpperInvariant(), candidate[..text.Length].ToUpperInvariant()));
    }

    /// <summary>Counts the letters to add, leave out or replace (Levenshtein).</summary>
    internal static int Distance(string one, string other)
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
