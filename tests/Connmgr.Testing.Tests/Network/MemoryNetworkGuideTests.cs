using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Testing.Tests;

/// <summary>The sample of docs/guides/testing-with-memory-network.md, as it stands there.</summary>
public sealed class MemoryNetworkGuideTests
{
    // snippet: guide
    [Fact]
    public async Task Greeting_SilentPeer_GivesUpAfterFiveSeconds()
    {
        var time = new FakeTimeProvider();
        await using var network = new MemoryNetwork(new() { TimeProvider = time, Seed = 1 });
        var peer = IPEndPoint.Parse("1.2.3.4:8333");
        network.SetBehavior(peer, HostBehavior.Silent with { Latency = TimeSpan.FromMilliseconds(80) });

        var greeting = ReadGreetingAsync(network.DialAsync, peer, time);
        time.Advance(TimeSpan.FromMilliseconds(80));
        Assert.Equal(1, network.GetStatistics().DialsSucceeded);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(greeting.IsCanceled);
        network.EnsureNoLeaks();
    }

    // The code under test. It would be yours: it takes its dialer and its clock from outside.
    private static async Task<int> ReadGreetingAsync(
        Func<EndPoint, CancellationToken, ValueTask<Stream>> dial, EndPoint peer, TimeProvider time)
    {
        await using var stream = await dial(peer, CancellationToken.None);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        var buffer = new byte[100];
        return await stream.ReadAsync(buffer, deadline.Token);
    }
    // end
}
