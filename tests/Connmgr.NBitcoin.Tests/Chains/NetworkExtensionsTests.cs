using Connmgr.Bitcoin;
using NBitcoin;

namespace Connmgr.NBitcoin.Tests;

public class NetworkExtensionsTests
{
    public static TheoryData<string> KnownNetworks => ["mainnet", "testnet4", "regtest"];

    [Theory]
    [MemberData(nameof(KnownNetworks))]
    public void ToChainParameters_OfBitcoin_HasNameMagicAndPortOfTheLibrary(string name)
    {
        var network = name switch { "mainnet" => Network.Main, "testnet4" => Network.TestNet4, _ => Network.RegTest };
        var expected = ChainParameters.All.Single(chain => string.Equals(chain.Name, name, StringComparison.Ordinal));

        var chain = network.ToChainParameters();

        Assert.Equal((expected.Name, expected.DefaultPort), (chain.Name, chain.DefaultPort));
        Assert.Equal(expected.Magic.AsEnumerable(), chain.Magic);
        Assert.Equal(network.DNSSeeds.Select(static seed => seed.Host), chain.DnsSeeds.Select(static seed => seed.Host), StringComparer.Ordinal);
    }

    [Fact]
    public void ToChainParameters_OfAnotherChain_HasWhatTheNetworkHas()
    {
        var chain = TestNetworks.Dash.ToChainParameters();

        Assert.Equal(("dash-main", 9999), (chain.Name, chain.DefaultPort));
        Assert.Equal([0xbf, 0x0c, 0x6b, 0xbd], chain.Magic);
        Assert.Equal(["dnsseed.dash.org False", "seed.bitcoin.sprovoost.nl True"], chain.DnsSeeds.Select(static seed => $"{seed.Host} {seed.SupportsServiceFilter}"), StringComparer.Ordinal);
        Assert.Equal(["1.2.3.4:9999", "[2001:db8::1]:10000"], chain.FixedSeeds.Select(static seed => seed.ToString()), StringComparer.Ordinal);
        _ = ChainDirectory.FromDataDirectory(Path.GetTempPath(), chain); // The name can be that of a folder.
    }

    [Fact]
    public void ToChainParameters_OfTheMainNetwork_HasNBitcoinsFixedSeeds()
    {
        var chain = Network.Main.ToChainParameters();
        Assert.InRange(chain.FixedSeeds.Length, 1, Network.Main.SeedNodes.Count());
        Assert.All(chain.FixedSeeds, static seed => Assert.NotEqual(default, seed));
    }

    [Fact]
    public async Task GetNetwork_OfAPeer_IsThatOfItsChain_EvenOfACopy()
    {
        var chain = TestNetworks.Odd.ToChainParameters() with { DnsSeeds = [] };
        await using var pair = await PeerPair.CreateAsync(chain);
        Assert.Same(TestNetworks.Odd, pair.Local.GetNetwork());
    }

    [Fact]
    public async Task GetNetwork_OfAPeerOfTheLibrarysChain_IsBitcoins()
    {
        await using var pair = await PeerPair.CreateAsync(ChainParameters.Regtest);
        Assert.Same(Network.Main, pair.Local.GetNetwork());
    }
}
