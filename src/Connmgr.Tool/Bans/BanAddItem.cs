namespace Connmgr.Tool;

/// <summary>A ban that was made. The names are those of the JSON.</summary>
/// <param name="Outcome"><c>added</c>, or <c>prolonged</c> when it takes the place of a shorter one.</param>
/// <param name="Ban">The ban.</param>
internal sealed record BanAddItem(string Outcome, BanItem Ban);
