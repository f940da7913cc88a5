namespace Connmgr.Tool;

/// <summary>A line for people.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Tone">What kind of news it is.</param>
/// <param name="Text">The text, safe to print.</param>
internal readonly record struct EventLine(DateTimeOffset Time, EventTone Tone, string Text);

/// <summary>What kind of news a line is.</summary>
internal enum EventTone
{
    Plain,
    Good,
    Lost,
    Failed,
    Warning,
}
