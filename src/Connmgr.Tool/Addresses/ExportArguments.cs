namespace Connmgr.Tool;

/// <summary>The arguments of <c>addresses.export</c>.</summary>
/// <param name="File">The full path of the file.</param>
/// <param name="Format"><c>peers.dat</c> or <c>text</c>.</param>
/// <param name="Filter">Which addresses, in a text; null for all.</param>
internal sealed record ExportArguments(string File, string Format, AddressFilter? Filter = null);
