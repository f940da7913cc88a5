using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

public sealed class EventFeedTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Plain_FloodOfFailures_IsSummedUp()
    {
        using var writer = new StringWriter();
        using var output = new PlainOutput(writer, _time);
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 1000; i++)
                output.Write(Failed(i % 4 == 0 ? ConnectFailureCause.Refused : ConnectFailureCause.Timeout));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var lines = writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 60, 6 * 11);
        Assert.Contains("and 9990 more failed: 7493 timeout, 2497 refused", lines[10], StringComparison.Ordinal);
    }

    [Fact]
    public void Add_EveryEvent_IsShownOrCounted()
    {
        var feed = new EventFeed(_time);
        var shown = Enumerable.Range(0, 25).SelectMany(_ => feed.Add(Failed(ConnectFailureCause.Reset))).Count();
        var rest = Assert.Single(feed.Flush());
        Assert.Equal(10, shown);
        Assert.Equal("and 15 more failed: 15 reset", rest.Text);
        Assert.Empty(feed.Flush());
    }

    [Fact]
    public void Add_OwnCancellation_IsNoNews() =>
        Assert.Empty(new EventFeed(_time).Add(Failed(ConnectFailureCause.Canceled)));

    [Fact]
    public void Of_Texts_HoldNothingOfATerminal()
    {
        var exception = new IOException("a\e[31mb\nc");
        var line = EventText.Describe(new ListenerFailed(_time.GetUtcNow(), new IPEndPoint(IPAddress.Loopback, 1), exception));
        Assert.EndsWith("a?[31mb?c", line!.Value.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EveryEvent_HasJsonOfItsName()
    {
        var now = _time.GetUtcNow();
        ConnectionEvent[] events =
        [
            new EventsDropped(now, 7), new OutageStarted(now, "ipv4"), new OutageEnded(now, "ipv4"), new AddressSourcePaused(now, "empty"),
            new NetworkSuspended(now), new InboundRefused(now, remoteEndPoint: null, ConnectFailureCause.ConnectionLimit),
            new InboundRefused(now, remoteEndPoint: null, ConnectFailureCause.FloodLimit) { Suppressed = 3 }, new FileDescriptorLimitTooLow(now, 200, 300, 18),
        ];
        using var writer = new StringWriter();
        using var output = new JsonOutput(writer);
        foreach (var happened in events)
            output.Write(happened);
        var lines = writer.ToString();
        const string Time = "\"time\":\"2000-01-01T00:00:00.000Z\"";
        string[] expected =
        [
            $"{{\"event\":\"dropped\",{Time},\"count\":7}}",
            $"{{\"event\":\"outageStarted\",{Time},\"route\":\"ipv4\"}}",
            $"{{\"event\":\"outageEnded\",{Time},\"route\":\"ipv4\"}}",
            $"{{\"event\":\"sourcePaused\",{Time},\"reason\":\"empty\"}}",
            $"{{\"event\":\"networkSuspended\",{Time}}}",
            $"{{\"event\":\"inboundRefused\",{Time},\"address\":null,\"cause\":\"connectionLimit\"}}",
            $"{{\"event\":\"inboundRefused\",{Time},\"address\":null,\"cause\":\"floodLimit\",\"suppressed\":3}}",
            $"{{\"event\":\"fileDescriptorLimitTooLow\",{Time},\"limit\":200,\"needed\":300,\"maxInbound\":18,\"maxHedgedDials\":0}}",
            string.Empty,
        ];
        Assert.Equal(expected, lines.Split('\n'));
    }

    private AttemptFailed Failed(ConnectFailureCause cause) => new(
        _time.GetUtcNow(),
        ConnectionKind.Automatic,
        new AttemptOutcome { RequestId = 1, EndPoint = new IPEndPoint(IPAddress.Loopback, 1), Phase = ConnectPhase.Tcp, Cause = cause });
}
