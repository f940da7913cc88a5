namespace Connmgr.Bitcoin.Tests;

/// <summary>The messages that follow the handshake.</summary>
public class PeerGreetingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_AllWishes_AreSentInTheOrderOfCore()
    {
        var sent = await GreetAsync(static options =>
        {
            (options.SendCmpct, options.SendHeaders, options.FeeFilter) = (CompactBlockMode.LowBandwidth, true, 1000);
        });
        Assert.Equal(["sendcmpct", "ping", "sendheaders", "feefilter"], sent.Select(static message => message.Command), StringComparer.Ordinal);
        Assert.Equal("000200000000000000", Convert.ToHexStringLower(sent[0].Payload));
        Assert.Equal("e803000000000000", Convert.ToHexStringLower(sent[3].Payload));
    }

    [Fact]
    public async Task RunAsync_HighBandwidth_SaysSo()
    {
        var sent = await GreetAsync(static options => options.SendCmpct = CompactBlockMode.HighBandwidth);
        Assert.Equal("010200000000000000", Convert.ToHexStringLower(sent[0].Payload));
    }

    [Fact]
    public async Task RunAsync_DefaultOptions_OnlyPings() => Assert.Equal(
        ["ping"], (await GreetAsync(static _ => { })).Select(static message => message.Command), StringComparer.Ordinal);

    [Theory]
    [InlineData(70011, "ping")]
    [InlineData(70012, "ping sendheaders")]
    [InlineData(70013, "ping sendheaders feefilter")]
    [InlineData(70014, "sendcmpct ping sendheaders feefilter")]
    public async Task RunAsync_OlderPeer_GetsWhatItKnows(int version, string expected)
    {
        var sent = await GreetAsync(
            static options => (options.SendCmpct, options.SendHeaders, options.FeeFilter) = (CompactBlockMode.LowBandwidth, true, 0), version);
        Assert.Equal(expected, string.Join(' ', sent.Select(static message => message.Command)));
    }

    [Fact]
    public async Task RunAsync_WithoutRelay_SendsNoFeeFilter() => Assert.Equal(
        ["ping"], (await GreetAsync(static options => (options.Relay, options.FeeFilter) = (false, 5))).Select(static message => message.Command), StringComparer.Ordinal);

    /// <summary>Runs a peer that closes after its handshake, and reads what it was sent after the handshake.</summary>
    private static async Task<(string Command, byte[] Payload)[]> GreetAsync(Action<BitcoinPeerOptions> configure, int version = 70017)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain };
        configure(options);
        var stream = new FakeStream().Feed(Frames.Handshake(Frames.PeerVersion with { ProtocolVersion = version }));
        var peer = await new BitcoinProtocol(options).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        var handshake = stream.Written.Length;
        stream.Feed(Frames.Of("inv", 0)); // Is handled after the greeting.
        var run = peer.RunAsync(static (peer, _, token) => peer.SendAsync(new("mark"), default, token), Ct);
        await Eventually.TrueAsync(async () => (await Frames.CommandsAsync(stream.Written)).Contains("mark", StringComparer.Ordinal));
        stream.End();
        await run;
        return [.. (await Frames.ReadAllAsync(stream.Written[handshake..])).Where(static message => message.Command is not "mark")];
    }
}
