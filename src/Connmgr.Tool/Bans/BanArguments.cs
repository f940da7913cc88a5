namespace Connmgr.Tool;

/// <summary>The arguments of <c>bans.add</c>.</summary>
/// <param name="Address">What to ban.</param>
/// <param name="Seconds">How long; null for until <paramref name="Until"/>, or 24 h.</param>
/// <param name="Until">When it ends, in seconds since 1970; null for by <paramref name="Seconds"/>.</param>
/// <param name="Comment">Why; null for nothing.</param>
internal sealed record BanArguments(string Address, long? Seconds = null, long? Until = null, string? Comment = null);
