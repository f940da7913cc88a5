using System.Collections.Frozen;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connmgr.Tool;

/// <summary>
/// What the libraries only log, and whoever runs the program must know, as notices of the run: that something is not on the disk, or does not work any more. All
/// else that they warn of has an event of its own, or is in <see cref="RunFacts.Problems"/>. Thread-safe.
/// </summary>
/// <param name="news">Takes the notices.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RunWarnings(ChannelWriter<Action<IRunOutput>> news, TimeProvider timeProvider) : ILoggerFactory, ILogger
{
    /// <summary>The names of the events; docs/reference/telemetry.md has all there are.</summary>
    private static readonly FrozenSet<string> Told = FrozenSet.Create(
        StringComparer.Ordinal,
        "NotSaved", "BanListNotWritten", "AnchorsDropped", "PartFailed", "OnionKeyNotSaved", "OnionKeyDamaged", "OnionTargetNotReachable", "PeersMissing", "PeerSlowed");

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || eventId.Name is not { } name || !Told.Contains(name))
            return;
        var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} ({exception.Message})";
        var time = timeProvider.GetUtcNow();
        news.TryWrite(output => output.Notice(time, text)); // Made safe by the output, as each notice is.
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is nowhere else to log to.");

    public void Dispose()
    {
        // Holds nothing.
    }
}
