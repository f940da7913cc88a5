using System.Net;

namespace Connmgr.Interop;

public sealed class NetworkNamespaceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CreateAsync_NewNamespace_HasTheLoopbackDeviceAlone()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);

        var devices = await network.RunAsync("ip", ["-oneline", "link", "show"], Cancellation);

        Assert.Contains("lo:", Assert.Single(devices.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_Namespace_IsGone()
    {
        var network = await NetworkNamespace.CreateAsync(Cancellation);
        Assert.True(File.Exists($"/run/netns/{network.Name}"));

        await network.DisposeAsync();

        Assert.False(File.Exists($"/run/netns/{network.Name}"));
    }

    [Theory]
    [InlineData("20.7.0.1")]
    [InlineData("2a01:4f8::7")]
    public async Task Run_DiallerAndListenerOfOurs_MeetAtARoutableAddress(string address)
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var endPoint = new IPEndPoint(IPAddress.Parse(address), 8333);
        if (address.Contains(':', StringComparison.Ordinal))
        {
            await network.AddAddressAsync(endPoint.Address, Cancellation);
        }

        await using var listener = network.Run(() => TcpConnectionListener.Listen(endPoint));
        await using var outbound = await network.Run(() => new TcpDialer().DialAsync(endPoint, Cancellation));
        await using var inbound = await listener.AcceptAsync(Cancellation);

        Assert.Equal(endPoint, ((IStreamEndPoints)outbound).RemoteEndPoint);
        Assert.Equal(endPoint, ((IStreamEndPoints)inbound).LocalEndPoint);
    }

    [Fact]
    public async Task Run_FunctionThatThrows_ThrowsTheSame()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);

        Assert.Throws<FormatException>(() => network.Run<int>(() => throw new FormatException()));
        Assert.Equal(7, network.Run(() => 7));
    }

    [Fact]
    public async Task BitcoindNodes_InTheNamespace_MeetAtRoutableAddresses()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await using var first = await StartAsync(network, "20.1.0.1");
        await using var second = await StartAsync(network, "20.2.0.1");

        await first.CallAsync("addnode", Cancellation, second.EndPoint.ToString(), "onetry");
        var peers = await first.WaitForPeersAsync(
            peers => peers.Count == 1 && peers[0].GetProperty("addr").ValueEquals(second.EndPoint.ToString()), Cancellation);
        await using var stream = await network.Run(() => new TcpDialer().DialAsync(second.EndPoint, Cancellation));

        Assert.Equal("ipv4", peers[0].GetProperty("network").GetString());
        Assert.Equal(second.EndPoint, ((IStreamEndPoints)stream).RemoteEndPoint);
    }

    [Fact]
    public async Task RunAsync_PacketsDroppedByNft_MakeABlackHole()
    {
        Servers.RequirePacketFilter();
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        var endPoint = new IPEndPoint(IPAddress.Parse("20.9.0.1"), 8333);
        await using var listener = network.Run(() => TcpConnectionListener.Listen(endPoint));
        await network.RunAsync(
            "nft",
            ["add table ip t; add chain ip t in { type filter hook input priority 0; }; add rule ip t in ip daddr 20.9.0.1 drop"],
            Cancellation);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => network.Run(() => new TcpDialer().DialAsync(endPoint, cancel.Token)).AsTask());
    }

    private static Task<BitcoindNode> StartAsync(NetworkNamespace network, string address) =>
        BitcoindNode.StartAsync(new BitcoindOptions { Address = IPAddress.Parse(address), Network = network }, Cancellation);
}
