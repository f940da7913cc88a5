namespace Connmgr.Tool;

/// <summary>The arguments of a command that takes none.</summary>
internal sealed record NoArguments;
