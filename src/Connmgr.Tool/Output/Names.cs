using System.Collections.Concurrent;

namespace Connmgr.Tool;

/// <summary>Names of enumeration values for scripts and users, in camel case.</summary>
internal static class Names
{
    private static readonly ConcurrentDictionary<Enum, string> Known = new();

    /// <summary>Gets the name of a value.</summary>
    /// <returns>For example <c>oneOff</c>.</returns>
    public static string Get<T>(T value)
        where T : struct, Enum => Known.GetOrAdd(value, static value => char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..]);
}
