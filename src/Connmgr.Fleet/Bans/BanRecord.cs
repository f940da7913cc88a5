using System.Globalization;

namespace Connmgr.Fleet;

/// <summary>A change as the fleet's keys have it: "KIND TIME ENDS REST", where the rest of a ban is "CREATED CAUSE COMMENT".</summary>
/// <param name="Kind">See <see cref="BanScripts.Publish"/>.</param>
/// <param name="Time">The time of the change, in ms.</param>
/// <param name="Ends">The end of the ban, in seconds; 0 for a host.</param>
/// <param name="Rest">The rest.</param>
internal readonly record struct BanRecord(char Kind, long Time, long Ends, string Rest)
{
    public const char Banned = '+';
    public const char Removed = '-';
    public const char Discouraged = 'd';

    public static BanRecord FromBan(Ban ban, long time) =>
        new(Banned, time, ban.Until.ToUnixTimeSeconds(), Invariant($"{ban.Created.ToUnixTimeSeconds()} {(int)ban.Cause} {ban.Comment}"));

    public static BanRecord FromRemoval(Ban ban, DateTimeOffset now) => new(Removed, now.ToUnixTimeMilliseconds(), ban.Until.ToUnixTimeSeconds(), "");

    public static BanRecord FromHost(DateTimeOffset now) => new(Discouraged, now.ToUnixTimeMilliseconds(), 0, "");

    /// <summary>Reads a record. Redis may hold anything, so nothing is assumed of it.</summary>
    public static bool TryParse(string? text, out BanRecord record)
    {
        record = default;
        var parts = (text ?? "").Split(' ', 4);
        if (parts is not [{ Length: 1 } kind, var time, var ends, var rest]
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || !long.TryParse(ends, NumberStyles.None, CultureInfo.InvariantCulture, out var until))
        {
            return false;
        }

        record = new(kind[0], at, until, rest);
        return true;
    }

    /// <summary>Gets the ban; null if this is none.</summary>
    public Ban? ToBan(BanTarget target)
    {
        var parts = Rest.Split(' ', 3);
        return Kind == Banned && parts is [var created, var cause, var comment] && TryGetTime(created, out var from) && TryGetTime(Ends, out var until)
            ? new Ban(target, from, until, Enum.TryParse<BanCause>(cause, out var known) && Enum.IsDefined(known) ? known : BanCause.Unspecified, comment)
            : null;
    }

    private static bool TryGetTime(string text, out DateTimeOffset time)
    {
        time = default;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && TryGetTime(seconds, out time);
    }

    private static bool TryGetTime(long seconds, out DateTimeOffset time)
    {
        var isValid = seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        time = isValid ? DateTimeOffset.FromUnixTimeSeconds(seconds) : default;
        return isValid;
    }
}
