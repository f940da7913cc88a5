namespace Connmgr.Tool;

/// <summary>The arguments of <c>bans.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record BanFileArguments(string File);
