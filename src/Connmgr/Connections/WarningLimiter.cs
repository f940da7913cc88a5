using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// A logger that gives each kind of warning at most once in 30 s, and the others in between at Debug: what peers can trigger as often as they
/// like must not fill the log.
/// </summary>
internal sealed class WarningLimiter(ILogger inner, TimeProvider timeProvider) : ILogger
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, long> _loggedAt = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Warning && !MayWarn(eventId.Id))
            logLevel = LogLevel.Debug;
        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private bool MayWarn(int eventId)
    {
        var now = timeProvider.GetTimestamp();
        if (!_loggedAt.TryGetValue(eventId, out var before))
            return _loggedAt.TryAdd(eventId, now);
        return timeProvider.GetElapsedTime(before, now) >= Interval && _loggedAt.TryUpdate(eventId, now, before);
    }
}
