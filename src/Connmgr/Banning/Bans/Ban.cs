namespace Connmgr;

/// <summary>A ban. Immutable. Its times are whole seconds, as in Bitcoin Core's file.</summary>
/// <param name="Target">The banned target.</param>
/// <param name="Created">The time of its creation; a <see cref="BanList"/> changes earlier times to 1970.</param>
/// <param name="Until">The time of its end.</param>
/// <param name="Cause">Its cause.</param>
/// <param name="Comment">
/// A note on the reason; null for none. At most <see cref="MaxCommentLength"/> characters, without control characters.
/// </param>
public sealed record Ban(BanTarget Target, DateTimeOffset Created, DateTimeOffset Until, BanCause Cause = BanCause.Unspecified, string? Comment = null)
{
    /// <summary>The most characters of a <see cref="Comment"/>; a <see cref="BanList"/> cuts the rest off.</summary>
    public const int MaxCommentLength = 200;

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(Ban), PrintMembers);

    /// <summary>Returns the ban as a list keeps it: times in whole seconds, a comment that does no harm in files, logs and terminals.</summary>
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
