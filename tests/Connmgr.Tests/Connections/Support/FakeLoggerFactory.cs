using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connmgr.Tests.Connections;

/// <summary>Keeps every log line.</summary>
internal sealed class FakeLoggerFactory : ILoggerFactory
{
    private readonly FakeLogCollector _collector = new();

    public IReadOnlyList<FakeLogRecord> Lines => _collector.GetSnapshot();

    public IEnumerable<FakeLogRecord> Warnings => Lines.Where(line => line.Level >= LogLevel.Warning);

    public ILogger CreateLogger(string categoryName) => new FakeLogger(_collector, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
