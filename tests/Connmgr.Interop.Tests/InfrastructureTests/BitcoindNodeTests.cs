namespace Connmgr.Interop;

public sealed class BitcoindNodeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StartAsync_NewNode_AnswersRpcAndListens()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);

        var info = await node.CallAsync("getnetworkinfo", Cancellation);
        await using var stream = await new TcpDialer().DialAsync(node.EndPoint, Cancellation);

        Assert.StartsWith("/Satoshi:", info.GetProperty("subversion").GetString(), StringComparison.Ordinal);
        Assert.True(info.GetProperty("networkactive").GetBoolean());
    }

    [Fact]
    public async Task StartAsync_OptionThatBitcoindRefuses_FailsTheTestWithItsWords()
    {
        Servers.RequireBitcoind();

        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => BitcoindNode.StartAsync(new BitcoindOptions { Arguments = ["-nosuchoption=1"] }, Cancellation));

        Assert.Contains("ended with exit code 1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nosuchoption", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_TwoNodes_ConnectToEachOther()
    {
        await using var first = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        await using var second = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);

        await first.CallAsync("addnode", Cancellation, second.EndPoint.ToString(), "onetry");

        await first.WaitForPeersAsync(
            peers => peers.Count == 1 && peers[0].GetProperty("addr").ValueEquals(second.EndPoint.ToString()), Cancellation);
        await second.WaitForPeersAsync(peers => peers.Count == 1 && peers[0].GetProperty("inbound").GetBoolean(), Cancellation);
    }

    [Fact]
    public async Task KillAsync_ThenStartAsync_IsBackAtTheSameAddressWithItsData()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var (endPoint, process) = (node.EndPoint, node.ProcessId);
        await node.CallAsync("setban", Cancellation, "127.0.0.99", "add", 3600);

        await node.KillAsync();
        var gone = await Assert.ThrowsAsync<ConnectFailedException>(() => new TcpDialer().DialAsync(endPoint, Cancellation).AsTask());
        await node.StartAsync(Cancellation);

        Assert.Equal(ConnectFailureCause.Refused, gone.Cause);
        Assert.NotEqual(process, node.ProcessId);
        Assert.Single((await node.CallAsync("listbanned", Cancellation)).EnumerateArray());
    }

    [Fact]
    public async Task StopAsync_RunningNode_LeavesNoProcess()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);
        var process = node.ProcessId;

        await node.StopAsync(Cancellation);

        Assert.False(Directory.Exists($"/proc/{process}"));
    }

    [Fact]
    public async Task CallAsync_UnknownMethod_ThrowsWithBitcoindsCode()
    {
        await using var node = await BitcoindNode.StartAsync(new BitcoindOptions(), Cancellation);

        var refusal = await Assert.ThrowsAsync<BitcoindRpcException>(() => node.CallAsync("nosuchmethod", Cancellation));

        Assert.Equal(-32601, refusal.Code);
    }
}
