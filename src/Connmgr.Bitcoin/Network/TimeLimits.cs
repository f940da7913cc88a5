using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>Checks the durations that a program passes to a <see cref="PeerNetwork"/>. Timers can't wait much longer than the longest.</summary>
internal static class TimeLimits
{
    /// <summary>The longest duration.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>Determines whether a duration is more than zero, and not too long.</summary>
    public static bool IsValid(TimeSpan duration) => duration > TimeSpan.Zero && duration <= Longest;

    /// <summary>Checks a duration.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than zero, or too long.</exception>
    public static void ThrowIfInvalid(TimeSpan duration, [CallerArgumentExpression(nameof(duration))] string? name = null)
    {
        if (!IsValid(duration))
            throw new ArgumentOutOfRangeException(name, duration, "Use more than zero and at most 24 days.");
    }
}
