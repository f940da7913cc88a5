namespace Connmgr.Tool;

/// <summary>What was written. The names are those of the JSON.</summary>
/// <param name="File">The full path.</param>
/// <param name="Written">How many bans.</param>
internal sealed record BanExportItem(string File, int Written);
