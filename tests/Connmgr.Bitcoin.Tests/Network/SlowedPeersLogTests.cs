using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests.Network;

public sealed class SlowedPeersLogTests : ILogger
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];

    [Fact]
    public void Tell_ManyPeers_IsOneLineInAnIntervalThatCountsTheOthers()
    {
        var log = new SlowedPeersLog(this, _time);
        for (var i = 0; i < 100; i++)
            log.Log(new IPEndPoint(IPAddress.Parse($"1.2.3.{i}"), 8333));
        Assert.Contains("1.2.3.0:8333", Assert.Single(_lines), StringComparison.Ordinal);
        _time.Advance(SlowedPeersLog.Interval);
        log.Log(new IPEndPoint(IPAddress.Parse("4.5.6.7"), 8333));
        Assert.Contains("99 other peers", _lines[1], StringComparison.Ordinal);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add(formatter(state, exception));
}
