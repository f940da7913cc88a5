using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Hosting;

/// <summary>
/// Puts the name of an instance behind each category, so that the lines of two can be told apart; filters by the beginning of a category
/// match as before. Owns nothing.
/// </summary>
internal sealed class NamedLoggerFactory(ILoggerFactory inner, string name) : ILoggerFactory
{
    /// <summary>The factory for an instance: the host's own for the default instance, which has no name; none, silent, when the host has none.</summary>
    public static ILoggerFactory Of(IServiceProvider services, string name)
    {
        var factory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        return name.Length == 0 ? factory : new NamedLoggerFactory(factory, name);
    }

    public ILogger CreateLogger(string categoryName) => inner.CreateLogger($"{categoryName}[{name}]");

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The one within belongs to the host.
    }
}
