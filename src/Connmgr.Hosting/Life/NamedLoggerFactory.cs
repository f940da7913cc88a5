using Microsoft.Extensions.Logging;

namespace Connmgr.Hosting;

/// <summary>
/// Puts the name of an instance behind each category, so that the lines of two can be told apart; filters by the beginning of a category
/// match as before. Owns nothing.
/// </summary>
internal sealed class NamedLoggerFactory(ILoggerFactory inner, string name) : ILoggerFactory
{
    /// <summary>The factory for an instance: the one given for the default instance, which has no name.</summary>
    public static ILoggerFactory Of(ILoggerFactory inner, string name) => name.Length == 0 ? inner : new NamedLoggerFactory(inner, name);

    public ILogger CreateLogger(string categoryName) => inner.CreateLogger($"{categoryName}[{name}]");

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The one within belongs to the host.
    }
}
