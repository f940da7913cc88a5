using Connmgr.Bitcoin;

namespace Connmgr.Interop;

/// <summary>What <c>connmgr run</c> says of itself, as a real node understood it.</summary>
public sealed class RunIdentityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0000000000000800", false, BitcoinPeerOptions.DefaultUserAgent, 0)]
    [InlineData(
        "0000000002000408", true, "/interop run:1.0/", 900_000,
        "--transport", "v1-only", "--services", "limited+witness+0x2000000", "--relay", "on", "--user-agent", "/interop run:1.0/", "--start-height", "900000")]
    public async Task Run_OfAnyIdentity_IsWhatTheNodeReports(string services, bool relay, string userAgent, int height, params string[] options)
    {
        await using var node = await BitcoindNode.StartAsync(new(), Cancellation);
        await using var run = ToolProcess.Start(network: null, ["run", "--json", "--network", "regtest", "--connect", $"{node.EndPoint}", .. options]);

        // Before verack the node has not decided what to relay.
        var peers = await node.WaitForPeersAsync(static peers => peers is [var one] && one.GetProperty("bytesrecv_per_msg").TryGetProperty("verack", out _), Cancellation);

        Assert.Equal(services, peers[0].GetProperty("services").GetString());
        Assert.Equal(relay, peers[0].GetProperty("relaytxes").GetBoolean());
        Assert.Equal(userAgent, peers[0].GetProperty("subver").GetString());
        Assert.Equal(height, peers[0].GetProperty("startingheight").GetInt32());
        Assert.Equal(0, await run.TerminateAsync(Cancellation));
    }
}
