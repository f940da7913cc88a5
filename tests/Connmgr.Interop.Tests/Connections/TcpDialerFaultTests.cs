using System.Net;

namespace Connmgr.Interop;

/// <summary>What a real network's ways of failing become, as data.</summary>
public sealed class TcpDialerFaultTests
{
    private static readonly IPEndPoint Peer = new(IPAddress.Parse("20.9.0.1"), 8333);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("reject with tcp reset", ConnectFailureCause.Refused)]
    [InlineData("reject with icmp type host-unreachable", ConnectFailureCause.Unreachable)]
    [InlineData("reject with icmp type net-unreachable", ConnectFailureCause.Unreachable)]
    [InlineData("reject with icmp type port-unreachable", ConnectFailureCause.Refused)]
    public async Task DialAsync_NetworkRejects_SaysHow(string rule, ConnectFailureCause cause)
    {
        Servers.RequirePacketFilter();
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await network.RunAsync(
            "nft",
            [$"add table ip t; add chain ip t in {{ type filter hook input priority 0; }}; add rule ip t in ip daddr {Peer.Address} tcp dport {Peer.Port} {rule}"],
            Cancellation);

        Assert.Equal(cause, await CauseAsync(network, Peer));
    }

    [Fact]
    public async Task DialAsync_ForbiddenByThisMachine_BlamesNoPeer()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);
        await network.RunAsync("ip", ["route", "add", "prohibit", "20.9.0.0/16", "table", "local"], Cancellation);

        Assert.Equal(ConnectFailureCause.Unknown, await CauseAsync(network, Peer));
    }

    [Fact]
    public async Task DialAsync_NoIPv6Here_IsUnreachable()
    {
        await using var network = await NetworkNamespace.CreateAsync(Cancellation);

        Assert.Equal(ConnectFailureCause.Unreachable, await CauseAsync(network, new IPEndPoint(IPAddress.Parse("2a01:4f8::9"), 8333)));
    }

    private static async Task<ConnectFailureCause> CauseAsync(NetworkNamespace network, IPEndPoint endPoint)
    {
        var failure = await Assert.ThrowsAsync<ConnectFailedException>(
            () => network.Run(() => new TcpDialer().DialAsync(endPoint, Cancellation)).AsTask());
        Assert.Equal(ConnectPhase.Tcp, failure.Phase);
        Assert.Contains(endPoint.ToString(), failure.Message, StringComparison.Ordinal);
        return failure.Cause;
    }
}
