namespace Connmgr.Bitcoin.Tests;

public sealed class BitcoinPeerOptionsTests
{
    public static TheoryData<string, Action<BitcoinPeerOptions>> Bad { get; } = new()
    {
        { "Chain", o => o.Chain = null },
        { "Chain", o => o.Chain = ChainParameters.Regtest with { Magic = [1, 2, 3] } },
        { "Chain", o => o.Chain = ChainParameters.Regtest with { Magic = default } },
        { "UserAgent", o => o.UserAgent = new('a', 257) },
        { "UserAgent", o => o.UserAgent = "a\n" },
        { "UserAgent", o => o.UserAgent = null! },
        { "ProtocolVersion", o => o.ProtocolVersion = 60000 },
        { "MinProtocolVersion", o => o.MinProtocolVersion = 60000 },
        { "MaxSendBacklog", o => o.MaxSendBacklog = 0 },
        { "PingInterval", o => o.PingInterval = TimeSpan.Zero },
        { "PongTimeout", o => o.PongTimeout = TimeSpan.FromSeconds(-1) },
        { "SendTimeout", o => o.SendTimeout = TimeSpan.Zero },
        { "StartHeight", o => o.StartHeight = null! },
        { "TimeProvider", o => o.TimeProvider = null! },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Constructor_BadOption_IsNamed(string name, Action<BitcoinPeerOptions> change)
    {
        var options = new BitcoinPeerOptions { Chain = ChainParameters.Mainnet };
        change(options);
        var e = Assert.Throws<ArgumentException>(() => new BitcoinProtocol(options));
        var error = Assert.Single(options.GetErrors());
        Assert.StartsWith($"{name} ", error, StringComparison.Ordinal);
        Assert.Contains(error, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Constructor_CopiesTheOptions()
    {
        var options = new BitcoinPeerOptions { Chain = ChainParameters.Regtest };
        var bitcoin = new BitcoinProtocol(options);
        options.Chain = ChainParameters.Mainnet;
        await bitcoin.HandshakeAsync(
            new FakeStream().Feed(Frames.Handshake()), ConnectionDirection.Inbound, null, TestContext.Current.CancellationToken);
    }
}
