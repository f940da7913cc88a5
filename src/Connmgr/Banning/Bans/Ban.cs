namespace Connmgr;

/// <summary>A ban. Immutable. Its times are whole seconds, as in Bitcoin Core's file.</summary>
/// <param name="Target">What is banned.</param>
/// <param name="Created">When the ban was made; a <see cref="BanList"/> makes 1970 of any time before.</param>
/// <param name="Until">When it ends: from then on it no longer holds.</param>
/// <param name="Cause">What it comes from.</param>
/// <param name="Comment">
/// Why, for people; null when nothing is said. At most <see cref="MaxCommentLength"/> characters, without control characters.
/// </param>
public sealed record Ban(BanTarget Target, DateTimeOffset Created, DateTimeOffset Until, BanCause Cause = BanCause.Unspecified, string? Comment = null)
{
    /// <summary>The most characters of a <see cref="Comment"/>; a <see cref="BanList"/> cuts the rest off.</summary>
    public const int MaxCommentLength = 200;

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(Ban), PrintMembers);

    /// <summary>The ban as a list keeps it: times in whole seconds, a comment that does no harm in files, logs and terminals.</summary>
    internal Ban Normalized() => this with
    {
        Created = Created < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : WholeSeconds(Created), // The file knows no earlier time.
        Until = WholeSeconds(Until),
        Comment = Clean(Comment),
    };

    internal static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private static string? Clean(string? comment)
    {
        if (string.IsNullOrWhiteSpace(comment))
            return null;
        var text = comment.Trim();
        if (text.Length > MaxCommentLength)
            text = text[..MaxCommentLength];
        return text.Any(IsHarmful) ? string.Concat(text.Select(static character => IsHarmful(character) ? '?' : character)) : text;

        // Halves of surrogate pairs too: one alone is nothing that UTF-8 can hold.
        static bool IsHarmful(char character) => char.IsControl(character) || char.IsSurrogate(character);
    }
}
