namespace Connmgr.Interop;

/// <summary>A real I2P network: peers of ours and of bitcoind's, in both directions, many at once, and a router that is killed.</summary>
public sealed class I2PTests(I2PNetwork network) : IClassFixture<I2PNetwork>
{
    private static readonly Dictionary<string, Func<I2PNetwork, CancellationToken, Task>> Tests = new(StringComparer.Ordinal)
    {
        [nameof(Connect_AnotherNetwork_ThroughTwoRouters_HandshakesAndCountsAsI2P)] = static (i2p, token) => new I2PTest(i2p, token).ConnectAnotherNetworkAsync(),
        [nameof(Connect_ABitcoind_AndBack_IsOfI2PForBoth)] = static (i2p, token) => new I2PTest(i2p, token).ConnectABitcoindAsync(),
        [nameof(DialAsync_OfTwentyAtOnce_ConnectsAll)] = static (i2p, token) => new I2PTest(i2p, token).DialTwentyAsync(),
        [nameof(AcceptAsync_TheRouterIsKilledAndComesBack_ServesTheSameAddress)] = static (i2p, token) => new I2PTest(i2p, token).KillARouterAsync(),
        [nameof(Run_ThroughI2P_IsReachedByAnother)] = static (i2p, token) => new I2PTest(i2p, token).RunAsync(),
    };

    /// <summary>One accepts at its address; the other dials, from another address each time.</summary>
    [Fact]
    public Task Connect_AnotherNetwork_ThroughTwoRouters_HandshakesAndCountsAsI2P() =>
        network.RunAsync(Tests, nameof(Connect_AnotherNetwork_ThroughTwoRouters_HandshakesAndCountsAsI2P));

    [Fact]
    public Task Connect_ABitcoind_AndBack_IsOfI2PForBoth() => network.RunAsync(Tests, nameof(Connect_ABitcoind_AndBack_IsOfI2PForBoth));

    /// <summary>Twenty streams at once under one session, each with its own bytes in both directions; and one from another address.</summary>
    [Fact]
    public Task DialAsync_OfTwentyAtOnce_ConnectsAll() => network.RunAsync(Tests, nameof(DialAsync_OfTwentyAtOnce_ConnectsAll));

    /// <summary>The router is killed and comes back: the same address is served, and peers arrive at an accept that never ended.</summary>
    [Fact]
    public Task AcceptAsync_TheRouterIsKilledAndComesBack_ServesTheSameAddress() =>
        network.RunAsync(Tests, nameof(AcceptAsync_TheRouterIsKilledAndComesBack_ServesTheSameAddress));

    /// <summary>The program, one run that accepts and one that dials; each says so in its events.</summary>
    [Fact]
    public Task Run_ThroughI2P_IsReachedByAnother() => network.RunAsync(Tests, nameof(Run_ThroughI2P_IsReachedByAnother));
}
