using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr;

/// <summary>
/// The user's logger behind two guards. Each kind of warning is logged at most once in 30 s, and at Debug in between: warnings that peers
/// can trigger at will must not fill the log. Exceptions of the logger are ignored, because the loop logs too.
/// </summary>
/// <param name="inner">The user's logger.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="boundsWarnings">True for the first of the guards. False where peers cannot trigger warnings.</param>
internal sealed class GuardedLogger(ILogger inner, TimeProvider timeProvider, bool boundsWarnings = true) : ILogger
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, long> _loggedAt = new();

    /// <summary>Creates the logger of a type whose entries peers cannot trigger; it logs nothing without a factory.</summary>
    public static ILogger Create<T>(ILoggerFactory? factory, TimeProvider timeProvider) =>
        factory is null ? NullLogger.Instance : new GuardedLogger(factory.CreateLogger<T>(), timeProvider, boundsWarnings: false);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (boundsWarnings && logLevel == LogLevel.Warning && !MayWarn(eventId.Id))
            logLevel = LogLevel.Debug;
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is no other place to report it.
        }
    }

    private bool MayWarn(int eventId)
    {
        var now = timeProvider.GetTimestamp();
        if (!_loggedAt.TryGetValue(eventId, out var before))
            return _loggedAt.TryAdd(eventId, now);
        return timeProvider.GetElapsedTime(before, now) >= Interval && _loggedAt.TryUpdate(eventId, now, before);
    }
}
