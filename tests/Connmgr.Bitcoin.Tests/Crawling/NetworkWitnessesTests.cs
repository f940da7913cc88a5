using System.Net;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Bitcoin.Tests.Crawling;

public sealed class NetworkWitnessesTests
{
    private static readonly NetworkEndPoint Node = NetworkEndPoint.Parse("20.0.0.1:8333");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The claims of a fleet report a loss on their own thread, which may come after the end of the dial.</summary>
    [Fact]
    public async Task AskAsync_TheClaimIsLostAfterwards_HasNoEffect()
    {
        Action? onLost = null;
        var released = 0;
        var witnesses = Create(static (_, _) => new(Stream.Null), (_, lost, _) =>
        {
            onLost = lost;
            return new(new Claim(() => released++));
        });
        witnesses.Add(Node);
        Assert.Equal(1, await witnesses.AskAsync(Ct));
        Assert.Equal(1, released);
        onLost!();
    }

    [Fact]
    public async Task AskAsync_TheClaimIsLostDuringTheDial_EndsIt()
    {
        var released = 0;
        Action? onLost = null;
        var witnesses = Create(
            async (_, token) =>
            {
                onLost!();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return Stream.Null;
            },
            (_, lost, _) =>
            {
                onLost = lost;
                return new(new Claim(() => released++));
            });
        witnesses.Add(Node);
        Assert.Equal(0, await witnesses.AskAsync(Ct).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Ct));
        Assert.Equal(1, released);
    }

    private static NetworkWitnesses Create(
        Func<EndPoint, CancellationToken, ValueTask<Stream>> dial, Func<EndPoint, Action, CancellationToken, ValueTask<IDisposable?>> claim)
    {
        var options = new NetworkCrawlerOptions { Chain = ChainParameters.Regtest, Dial = dial, Claim = claim };
        var clock = new LeaseClock(options.TimeProvider);
        return new(options, new CrawlVisitor(options, clock, new OutageWatch(options, clock, NullLogger.Instance)));
    }

    private sealed class Claim(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
