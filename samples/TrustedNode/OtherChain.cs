using NBitcoin;

namespace Indexer;

/// <summary>A chain with other parameters than Bitcoin, as NBitcoin.Altcoins has many.</summary>
internal static class OtherChain
{
    public static Network Create() => new NetworkBuilder()
        .SetNetworkSet(Bitcoin.Instance)
        .SetName("otherchain")
        .SetChainName(new ChainName("otherchain"))
        .SetConsensus(Network.RegTest.Consensus.Clone())
        .SetGenesis(Convert.ToHexStringLower(Network.RegTest.GetGenesis().ToBytes()))
        .SetMagic(0x0b5e55ed)
        .SetPort(29333)
        .SetMaxP2PVersion(70016)
        .BuildAndRegister();
}
