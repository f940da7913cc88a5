namespace Connmgr.Tool;

/// <summary>What kind of news a line is.</summary>
internal enum EventTone
{
    Plain,
    Good,
    Lost,
    Failed,
    Warning,
}
