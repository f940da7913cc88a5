using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connmgr.Fleet.Tests;

/// <summary>The log lines of a test.</summary>
internal sealed class TestLog : IDisposable
{
    private readonly FakeLogCollector _lines = new();

    public TestLog()
    {
        Provider = new FakeLoggerProvider(_lines);
        Factory = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddProvider(Provider));
    }

    public FakeLoggerProvider Provider { get; }

    public ILoggerFactory Factory { get; }

    /// <summary>Gets the texts of an event, in order.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _lines.GetSnapshot().Where(line => line.Id.Id == eventId).Select(static line => line.Message)];

    public void Dispose()
    {
        Factory.Dispose();
        Provider.Dispose();
    }
}
