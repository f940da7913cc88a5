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
        var line = EventText.Of(new ListenerFailed(_time.GetUtcNow(), new IPEndPoint(IPAddress.Loopback, 1), new IOException("a\e[31mb\nc")));
        Assert.EndsWith("a?[31mb?c", line!.Value.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EveryEvent_HasJsonOfItsName()
    {
        var now = _time.GetUtcNow();
        ConnectionEvent[] events =
        [
            new EventsDropped(now, 7), new OutageBegan(now, "ipv4"), new OutageEnded(now, "ipv4"), new AddressSourceRests(now, "empty"),
            new NetworkSuspended(now), new InboundRefused(now, RemoteEndPoint: null, ConnectFailureCause.LimitReached),
        ];
        using var writer = new StringWriter();
        using var output = new JsonOutput(writer);
        foreach (var happened in events)
            output.Write(happened);
        var lines = writer.ToString();
        Assert.Contains("{\"event\":\"dropped\",\"time\":\"2000-01-01T00:00:00.000Z\",\"count\":7}\n", lines, StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"outageBegan\",\"time\":\"2000-01-01T00:00:00.000Z\",\"route\":\"ipv4\"}\n", lines, StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"outageEnded\",\"time\":\"2000-01-01T00:00:00.000Z\",\"route\":\"ipv4\"}\n", lines, StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"sourceRests\",\"time\":\"2000-01-01T00:00:00.000Z\",\"reason\":\"empty\"}\n", lines, StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"networkSuspended\",\"time\":\"2000-01-01T00:00:00.000Z\"}\n", lines, StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"inboundRefused\",\"time\":\"2000-01-01T00:00:00.000Z\",\"address\":null,\"cause\":\"limitReached\"}\n", lines, StringComparison.Ordinal);
    }

    private AttemptFailed Failed(ConnectFailureCause cause) => new(
        _time.GetUtcNow(),
        ConnectionKind.Automatic,
        new AttemptOutcome { RequestId = 1, EndPoint = new IPEndPoint(IPAddress.Loopback, 1), Phase = ConnectPhase.Tcp, Cause = cause });
}
