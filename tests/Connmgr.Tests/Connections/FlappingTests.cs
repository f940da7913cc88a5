using System.Net;
using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Automatic peers that shake hands and leave.</summary>
public class FlappingTests
{
    private static readonly IPEndPoint Only = Ip("1.2.3.4");

    [Fact]
    public void APeerThatLeavesAtOnce_IsDialledLessAndLess()
    {
        var (h, source) = OneAddress();
        h.Handler = static (_, _) => Task.CompletedTask;
        h.Start();
        h.Advance(10 * Minute, 100 * Ms);

        // 5 s, then up to 10, 20, ... 300 s, of which up to a half is left out.
        Assert.InRange(source.Given.Count, 8, 13);
        Assert.All(source.Reports, static report => Assert.True(report.Succeeded));
        Assert.Equal(Enumerable.Range(0, source.Given.Count), source.Reports.Select(static report => report.ShortConnections));
        Assert.Equal(Enumerable.Range(1, source.Given.Count), source.Ends.Select(static end => end.ShortInRow));
        Assert.Equal(source.Given, source.Ends.Select(static end => end.Candidate));
        h.Stop();
    }

    [Theory]
    [InlineData(59, 1)]
    [InlineData(60, null)]
    public void AConnectionThatStood_ItsEndIsReportedWhenItDidNotLast(int seconds, int? shortInRow)
    {
        var (h, source) = OneAddress();
        var leave = new TaskCompletionSource();
        h.Handler = (connection, _) => h.Connected.Count == 1 ? leave.Task : connection.Closed;
        h.Start();
        h.Advance(seconds * Second, Second);
        leave.SetResult();
        h.Settle();

        Assert.Equal(shortInRow is { } times ? [times] : [], source.Ends.Select(static end => end.ShortInRow));
        h.Stop();
    }

    [Fact]
    public void APeerLastsAtLast_TheSourceIsTold_AndItsRestsBeginAnew()
    {
        var (h, source) = OneAddress();
        var leave = new TaskCompletionSource();
        var isFirst = true;
        h.Handler = (_, _) =>
        {
            if (!isFirst)
                return leave.Task;
            isFirst = false;
            return Task.CompletedTask;
        };
        h.Start();
        h.Advance(2 * Minute, Second);
        leave.SetResult();
        h.Settle();
        h.Advance(Second); // Then it leaves at once, each time.

        Assert.Equal([1, 0, 1], source.Ends.Select(static end => end.ShortInRow).Take(3));
        h.Stop();
    }

    [Theory]
    [InlineData("close")]
    [InlineData("disconnect")]
    [InlineData("remove")]
    [InlineData("target")]
    [InlineData("suspend")]
    [InlineData("stop")]
    public void WeEndedTheConnection_ItsAddressIsNotBlamed(string how)
    {
        var (h, source) = OneAddress();
        h.Start();
        var (request, connection) = Assert.Single(h.Connected);
        switch (how)
        {
            case "close":
                connection.Close("enough");
                break;
            case "disconnect":
                Assert.True(h.Run(h.Manager.DisconnectAsync(request.Id)));
                break;
            case "remove":
                Assert.True(h.Run(h.Manager.RemoveAsync(request.Id)));
                break;
            case "target":
                h.Run(h.Manager.SetTargetOutboundAsync(0));
                break;
            case "suspend":
                h.Run(h.Manager.SuspendAsync());
                break;
            default:
                h.Manager.RequestStop();
                break;
        }

        h.Settle();
        Assert.Empty(source.Ends);
        h.Advance(5 * Second);
        Assert.NotEqual(ConnectFailureCause.RecentlyTried, h.Manager.GetRefusal(Only));
        h.Stop();
    }

    [Fact]
    public void AOneOffThatIsShort_ItsAddressIsNotBlamed()
    {
        var (h, source) = OneAddress(target: 0);
        h.Handler = static (_, _) => Task.CompletedTask;
        h.Start();
        h.Manager.NewConnectionRequest();
        h.Settle();
        Assert.Single(source.Given);
        Assert.Empty(source.Ends);
        h.Stop();
    }

    private static (ManagerHarness H, FakeSource Source) OneAddress(int target = 1)
    {
        var source = new FakeSource((request, _) => ValueTask.FromResult(request.GetRefusal(Only) == ConnectFailureCause.None ? new Candidate(Only) : (Candidate?)null));
        var h = new ManagerHarness(options => (options.GetNewAddress, options.AddressSource, options.TargetOutbound, options.RetryDuration) = (null, source, target, 5 * Second));
        h.Dialer.OnDial = static dial => dial.Succeed();
        return (h, source);
    }
}
