namespace Connmgr.Rules;

/// <summary>A listener as the rules see it.</summary>
/// <param name="Number">Which of the listeners.</param>
/// <param name="Profile">What it says of its connections.</param>
internal sealed record Door(int Number, ListenerProfile Profile);
