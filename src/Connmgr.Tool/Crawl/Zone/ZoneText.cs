using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Connmgr.Tool;

/// <summary>Formats a zone as a master file (RFC 1035, 5), which all name servers read. Pure.</summary>
internal static class ZoneText
{
    /// <summary>The time for which resolvers keep an answer, in seconds, also one that there is no such name.</summary>
    public const int TimeToLive = 60;

    private const int Refresh = 900;
    private const int Retry = 300;
    private const int Expire = 7 * 24 * 60 * 60;

    /// <summary>Formats a zone.</summary>
    /// <param name="settings">The names.</param>
    /// <param name="serial">The serial number.</param>
    /// <param name="entries">The names with their addresses.</param>
    /// <param name="time">The time, for a comment.</param>
    public static string Format(ZoneSettings settings, uint serial, ImmutableArray<ZoneEntry> entries, DateTimeOffset time)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"; Written by connmgr crawl at {EventJson.Time(time)}. Changes are lost after the next round.\n");
        text.Append(CultureInfo.InvariantCulture, $"$ORIGIN {settings.Name}.\n$TTL {TimeToLive}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"@ IN SOA {settings.NameServer}. hostmaster.{settings.Name}. ( {serial} {Refresh} {Retry} {Expire} {TimeToLive} )\n@ IN NS {settings.NameServer}.\n");
        foreach (var entry in entries)
        {
            foreach (var address in entry.IPv4)
                text.Append(CultureInfo.InvariantCulture, $"{entry.Label} IN A {address}\n");
            foreach (var address in entry.IPv6)
                text.Append(CultureInfo.InvariantCulture, $"{entry.Label} IN AAAA {address}\n");
        }

        return text.ToString();
    }
}
