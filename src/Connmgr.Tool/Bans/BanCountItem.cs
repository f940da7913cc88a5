namespace Connmgr.Tool;

/// <summary>How many bans were taken back. The name is that of the JSON.</summary>
/// <param name="Removed">The number.</param>
internal sealed record BanCountItem(int Removed);
