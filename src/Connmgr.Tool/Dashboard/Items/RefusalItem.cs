namespace Connmgr.Tool;

/// <summary>How many inbound connections were refused for one cause. The names are those of the JSON.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">How many.</param>
/// <param name="Explanation">What the cause means.</param>
internal sealed record RefusalItem(string Cause, long Count, string Explanation);
