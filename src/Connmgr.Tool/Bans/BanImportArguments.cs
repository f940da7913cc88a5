namespace Connmgr.Tool;

/// <summary>The arguments of <c>bans.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Seconds">How long bans hold for which the file does not say; null for 24 h.</param>
internal sealed record BanImportArguments(string File, long? Seconds = null);
