namespace Connmgr.Tool;

/// <summary>What was written. The names are those of the JSON.</summary>
/// <param name="File">The full path.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Written">How many addresses.</param>
internal sealed record ExportItem(string File, string Format, int Written);
