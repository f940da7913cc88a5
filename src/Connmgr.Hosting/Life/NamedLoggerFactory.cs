using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Hosting;

/// <summary>
/// Appends the name of an instance to each category, so that log lines show their instance; filters by the start of a category still
/// match. Owns nothing.
/// </summary>
internal sealed class NamedLoggerFactory(ILoggerFactory inner, string name) : ILoggerFactory
{
    /// <summary>Creates the factory of an instance: the host's factory for the default instance, which has no name. Logs nothing if the host has none.</summary>
    public static ILoggerFactory Create(IServiceProvider services, string name)
    {
        var factory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        return name.Length == 0 ? factory : new NamedLoggerFactory(factory, name);
    }

    public ILogger CreateLogger(string categoryName) => inner.CreateLogger($"{categoryName}[{name}]");

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The inner factory belongs to the host.
    }
}
