namespace Connmgr.Tool;

/// <summary>The arguments of <c>bans.remove</c>.</summary>
/// <param name="Address">What is banned.</param>
internal sealed record UnbanArguments(string Address);
