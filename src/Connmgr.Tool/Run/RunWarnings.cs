using System.Collections.Frozen;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connmgr.Tool;

/// <summary>
/// Shows log warnings of the libraries that the user must know about as notices of the run: something is not on disk, or no longer works.
/// All other warnings have an event, or are in <see cref="RunFacts.Problems"/>. Thread-safe.
/// </summary>
/// <param name="news">Receives the notices.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RunWarnings(ChannelWriter<Action<IRunOutput>> news, TimeProvider timeProvider) : ILoggerFactory, ILogger
{
    /// <summary>The names of the log events; docs/reference/telemetry.md lists all of them.</summary>
    private static readonly FrozenSet<string> Reported = FrozenSet.Create(
        StringComparer.Ordinal,
        "NotSaved", "BanListNotWritten", "AnchorsDropped", "PartFailed", "OnionKeyNotSaved", "OnionKeyDamaged", "OnionTargetNotReachable", "I2PKeyNotSaved", "I2PKeyDamaged", "PeersMissing", "PeerSlowed", "ClockIsOff");

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || eventId.Name is not { } name || !Reported.Contains(name))
            return;
        var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} ({exception.Message})";
        var time = timeProvider.GetUtcNow();
        news.TryWrite(output => output.Notice(time, text)); // The output makes it safe, like every notice.
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory has only one output.");

    public void Dispose()
    {
        // Nothing to dispose.
    }
}
