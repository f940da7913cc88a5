using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>A ban. Immutable. Its times are whole seconds, as in Bitcoin Core's file.</summary>
/// <param name="target">The banned target.</param>
/// <param name="created">The time of its creation; a <see cref="BanList"/> changes times before 1970 to 1970.</param>
/// <param name="until">The time of its end.</param>
/// <param name="cause">The cause.</param>
/// <param name="comment">A note on the reason; null for none. A <see cref="BanList"/> keeps 200 characters, without control characters.</param>
public sealed class Ban(BanTarget target, DateTimeOffset created, DateTimeOffset until, BanCause cause = BanCause.Unspecified, string? comment = null)
{
    /// <summary>The maximum length of a <see cref="Comment"/> that a <see cref="BanList"/> keeps, in characters.</summary>
    internal const int MaxCommentLength = 200;

    /// <summary>The banned target.</summary>
    public BanTarget Target { get; } = target;

    /// <summary>The time of its creation.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>The time of its end.</summary>
    public DateTimeOffset Until { get; } = until;

    /// <summary>The cause.</summary>
    public BanCause Cause { get; } = cause;

    /// <summary>A note on the reason; null for none.</summary>
    public string? Comment { get; } = comment;

    /// <summary>Formats the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(Ban), (nameof(Target), Target), (nameof(Created), Created), (nameof(Until), Until), (nameof(Cause), Cause), (nameof(Comment), Comment));

    /// <summary>Normalizes the ban for a list: times in whole seconds, and a comment that is safe in files, logs and terminals.</summary>
    internal Ban Normalized() => new(
        Target,
        Created < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : WholeSeconds(Created), // The file knows no earlier time.
        WholeSeconds(Until),
        Cause,
        Clean(Comment));

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

/// <summary>The cause of a ban.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BanCause>))]
public enum BanCause
{
    /// <summary>Not known: Bitcoin Core's files do not say.</summary>
    Unspecified,

    /// <summary>A request by the user.</summary>
    Manual,

    /// <summary>A host misbehaved until its score was above the threshold.</summary>
    Misbehavior,
}
