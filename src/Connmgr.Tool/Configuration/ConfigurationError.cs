namespace Connmgr.Tool;

/// <summary>Something wrong with a configuration.</summary>
/// <param name="Line">The line of the file, from 1; 0 for what is in none.</param>
/// <param name="Message">What, where, and what to write instead.</param>
internal sealed record ConfigurationError(int Line, string Message);
