namespace Connmgr.Tool;

/// <summary>The arguments of <c>addresses.import</c>.</summary>
/// <param name="File">The full path of the file.</param>
internal sealed record ImportArguments(string File);
