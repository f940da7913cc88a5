namespace Connmgr.Tool;

/// <summary>The arguments of <c>peers.setTarget</c>.</summary>
/// <param name="Target">The number of automatic peers.</param>
internal sealed record TargetArguments(int Target);
