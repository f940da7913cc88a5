using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>A key of a configuration file.</summary>
/// <param name="Section">The table that it is in; null for none.</param>
/// <param name="Key">The key.</param>
/// <param name="Values">Its value, or the elements of its array, as text.</param>
/// <param name="Line">Its line, from 1.</param>
internal sealed record ConfigurationEntry(string? Section, string Key, ImmutableArray<string> Values, int Line);
