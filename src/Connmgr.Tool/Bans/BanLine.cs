using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary>
/// A line of a list of bans: an address, a subnet, an autonomous system, or a command <c>setban TARGET add [SECONDS [absolute]]</c> as for
/// bitcoin-cli, with anything before it.
/// </summary>
internal static class BanLine
{
    private const string Command = "setban";
    private const int MaxWords = 64;

    private static readonly string[] Parameters = ["subnet", "command", "bantime", "absolute"];

    /// <summary>Parses a line.</summary>
    /// <param name="text">The line, without its comment.</param>
    /// <param name="now">The time from which durations count.</param>
    /// <param name="duration">The duration of a ban for which the line has none.</param>
    /// <param name="ban">The ban.</param>
    /// <param name="fault">The fault, for a message.</param>
    public static bool TryParse(
        string text, DateTimeOffset now, TimeSpan duration, [NotNullWhen(true)] out Ban? ban, [NotNullWhen(false)] out string? fault)
    {
        (ban, fault) = (null, null);
        var words = text.Split((char[]?)null, MaxWords, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => word.Trim('"', '\''))
            .ToArray();
        var place = Array.IndexOf(words, Command);
        if (place < 0)
        {
            if (!BanTarget.TryParse(text, out var plain))
                return Fail($"'{Excerpt.Create(text)}' is not an address, subnet, AS number or setban command", out fault);
            ban = new Ban(plain, now, Add(now, duration), BanCause.Manual);
            return true;
        }

        if (!TryTakeParameters(words.AsSpan(place + 1), out var values))
            return Fail("setban takes TARGET add [SECONDS [true or false]]", out fault);
        if (values[1] is not "add")
            return Fail($"the command of setban is '{Excerpt.Create(values[1] ?? string.Empty)}', but only add can be imported", out fault);
        if (!BanTarget.TryParse(values[0], out var target))
            return Fail($"'{Excerpt.Create(values[0] ?? string.Empty)}' is not an address or subnet", out fault);
        if (!TryEnd(values[2], values[3], now, duration, out var until))
            return Fail($"the time of setban is '{Excerpt.Create(values[2] ?? string.Empty)} {Excerpt.Create(values[3] ?? string.Empty)}': use a whole number of seconds, and true or false", out fault);
        ban = new Ban(target, now, until, BanCause.Manual);
        return true;
    }

    /// <summary>Takes parameters by position or by name, as bitcoin-cli -named does.</summary>
    private static bool TryTakeParameters(ReadOnlySpan<string> words, out string?[] values)
    {
        values = new string?[Parameters.Length];
        var place = 0;
        foreach (var word in words)
        {
            var (at, value) = (place, word);
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Array.IndexOf(Parameters, word[..equals]) is >= 0 and var named)
                (at, value) = (named, word[(equals + 1)..].Trim('"', '\''));
            else
                place++;
            if (at >= values.Length || values[at] is not null)
                return false;
            values[at] = value;
        }

        return true;
    }

    /// <summary>Computes the end of a ban. As in Bitcoin Core, a time of 0 or less means the default duration, and is then not absolute.</summary>
    private static bool TryEnd(string? time, string? isAbsolute, DateTimeOffset now, TimeSpan duration, out DateTimeOffset until)
    {
        until = Add(now, duration);
        if (isAbsolute is not (null or "true" or "false" or "1" or "0"))
            return false;
        if (time is null)
            return true;
        if (!long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            return false;
        if (seconds <= 0)
            return true;
        var latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        until = isAbsolute is "true" or "1"
            ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, latest))
            : Add(now, seconds > latest ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds));
        return true;
    }

    private static DateTimeOffset Add(DateTimeOffset now, TimeSpan duration) =>
        duration > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + duration;

    private static bool Fail(string what, out string fault)
    {
        fault = what;
        return false;
    }
}
