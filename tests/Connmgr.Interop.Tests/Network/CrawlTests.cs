using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>A crawl that visits a real node.</summary>
public sealed class CrawlTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_RealNode_FindsWhatItIsAndWhatItKnows()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        for (var i = 1; i <= 100; i++)
            await node.CallAsync("addpeeraddress", Cancellation, $"20.{i}.0.1", 18444, false);
        Assert.True(NetworkEndPoint.TryFromEndPoint(node.EndPoint, out var there));
        var visited = new TaskCompletionSource<CrawlVisit>(TaskCreationOptions.RunContinuationsAsynchronously);
        var crawler = new NetworkCrawler(new()
        {
            Chain = ChainParameters.Regtest,
            StartAddresses = [there],
            Dial = (endPoint, token) => endPoint.Equals(node.EndPoint)
                ? new TcpDialer().DialAsync(endPoint, token)
                : throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Unreachable, "The test dials the node alone."),
            AnswerTimeout = TimeSpan.FromMinutes(4),
            OnVisit = (visit, _) =>
            {
                if (visit.EndPoint == there)
                    visited.TrySetResult(visit);
                return default;
            },
            MaxRounds = 1,
        });

        var running = crawler.RunAsync(Cancellation);
        await AnswerAsync(node, visited.Task);
        var visit = await visited.Task;
        await running;

        Assert.True(visit is { IsReachable: true, Transport: PeerTransport.V2, WasAsked: true, WantsAddrV2: true, WantsWtxidRelay: true, Latency: not null, DialTime: not null });
        Assert.Contains("/Satoshi:", visit.Version!.UserAgent, StringComparison.Ordinal);
        Assert.True(visit.Version.Services.HasFlag(NodeServices.Network | NodeServices.Witness));
        Assert.InRange(visit.Addresses.Length, 10, 23); // 23 % of what it knows: some wanted the same place.
        Assert.Equal((visit.Addresses.Length, visit.Addresses.Length + 1), (visit.NewAddresses, crawler.GetStatistics().Visits));
    }

    /// <summary>Lets the node's time pass until it has answered getaddr, which it does at a random time.</summary>
    private static async Task AnswerAsync(BitcoindNode node, Task answered)
    {
        const int LooksPerJump = 40;
        await node.WaitForPeersAsync(
            peers => answered.IsCompleted || (peers.Count == 1 && peers[0].GetProperty("bytesrecv_per_msg").TryGetProperty("getaddr", out _)), Cancellation);
        var (looks, clock) = (0, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        await Poll.UntilAsync(
            async token =>
            {
                if (!answered.IsCompleted && looks++ % LooksPerJump == 0)
                    await node.CallAsync("setmocktime", token, clock += 120);
                return answered.IsCompleted;
            },
            () => "the node sent no addresses",
            Cancellation);
    }
}
