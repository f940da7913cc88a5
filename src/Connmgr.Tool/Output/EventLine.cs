namespace Connmgr.Tool;

/// <summary>A line of text about an event.</summary>
/// <param name="Time">The time of the event.</param>
/// <param name="Tone">The tone of the event.</param>
/// <param name="Text">The text, safe to print.</param>
internal readonly record struct EventLine(DateTimeOffset Time, EventTone Tone, string Text);

/// <summary>The tone of an event.</summary>
internal enum EventTone
{
    Plain,
    Good,
    Lost,
    Failed,
    Warning,
}
