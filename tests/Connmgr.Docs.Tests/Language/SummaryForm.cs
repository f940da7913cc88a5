using System.Collections.Frozen;

namespace Connmgr.Docs.Tests.Language;

/// <summary>The form of a summary's beginning. CONTRIBUTING.md explains the rule.</summary>
internal static class SummaryForm
{
    private static readonly FrozenSet<string> QuestionWords = Words("what whether how where who whom whose why when which whoever whatever");

    /// <summary>Words that end in s and are no verbs.</summary>
    private static readonly FrozenSet<string> OtherWords = Words(
        """
        as its this always less was peers services events lines bytes hashes hosts streams endpoints entries bits words texts messages options settings networks
        seconds minutes timers slots handlers listeners these those us ours yours theirs perhaps besides sometimes thus plus minus dns addresses connections
        """);

    /// <summary>Verbs that are no plural nouns.</summary>
    private static readonly FrozenSet<string> Verbs = Words(
        """
        gets sets returns tells says makes reads writes takes gives decides ends begins keeps finds asks completes compares checks connects holds fires raises
        is has stops starts lets shows knows chooses carries hands converts adds removes creates determines indicates closes opens sends receives serves judges
        fills does turns accepts applies
        """);

    /// <summary>Judges the beginning of a documentation element.</summary>
    /// <param name="word">Its first word; empty when it begins with code.</param>
    /// <param name="subject">The documented thing.</param>
    /// <returns>The reason why it is wrong; null when it is right.</returns>
    public static string? Judge(string word, Subject subject)
    {
        if (QuestionWords.Contains(word))
            return $"begins with '{word}'";

        return subject switch
        {
            Subject.Method when !word.EndsWith('s') || OtherWords.Contains(word) => $"begins with '{word}', not with a verb as in 'Reads ...'",
            Subject.Switch when !word.Equals("true", StringComparison.OrdinalIgnoreCase) => $"begins with '{word}', not with 'True when ...' or 'True to ...'",
            Subject.Property when Verbs.Contains(word) => $"begins with the verb '{word}', not with a noun phrase",
            _ => null,
        };
    }

    private static FrozenSet<string> Words(string words) =>
        words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}

/// <summary>The documented thing, as far as the form of its summary depends on it.</summary>
internal enum Subject
{
    Other,
    Method,
    Property,

    /// <summary>A property of type bool.</summary>
    Switch,
}
