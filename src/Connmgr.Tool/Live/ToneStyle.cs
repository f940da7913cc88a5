using Spectre.Console;

namespace Connmgr.Tool;

/// <summary>The colours of events.</summary>
internal static class ToneStyle
{
    public static Style Get(EventTone tone) => tone switch
    {
        EventTone.Good => new Style(Color.Green),
        EventTone.Lost => new Style(Color.Yellow),
        EventTone.Failed => new Style(Color.Grey),
        EventTone.Warning => new Style(Color.Red),
        _ => Style.Plain,
    };
}
