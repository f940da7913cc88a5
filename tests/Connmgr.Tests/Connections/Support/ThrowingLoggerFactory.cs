using Microsoft.Extensions.Logging;

namespace Connmgr.Tests.Connections;

/// <summary>Loggers that fail whatever they are asked.</summary>
internal sealed class ThrowingLoggerFactory : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        throw new InvalidOperationException("the disk is full");

    public void Dispose()
    {
    }
}
