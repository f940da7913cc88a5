using System.Net;
using NBitcoin;
using NBitcoin.Protocol;
using Address = NBitcoin.Protocol.NetworkAddress;

namespace Connmgr.NBitcoin.Tests;

/// <summary>Networks like those of NBitcoin.Altcoins, which can't be restored here: the numbers that distinguish them on the network.</summary>
internal static class TestNetworks
{
    public static Network Litecoin { get; } = Build("ltc-main", 0xdbb6c0fb, 9333, 70016, "seed-a.litecoin.loshan.co.uk");

    public static Network Dogecoin { get; } = Build("doge-main", 0xc0c0c0c0, 22556, 70016, "seed.multidoge.org");

    public static Network Dash { get; } = Build("Dash Main", 0xbd6b0cbf, 9999, 70223, "dnsseed.dash.org");

    /// <summary>A chain with transactions of a type of its own, a message of its own, and a checksum of its own.</summary>
    public static Network Odd { get; } = Build("odd-main", 0x01020304, 4321, 70016, "seed.odd.example", new OddFactory());

    public static TheoryData<string> Names => ["bitcoin", "ltc", "doge", "dash", "odd"];

    public static Network Get(string name) => name switch
    {
        "ltc" => Litecoin,
        "doge" => Dogecoin,
        "dash" => Dash,
        "odd" => Odd,
        _ => Network.Main,
    };

    private static Network Build(string name, uint magic, int port, uint version, string seed, ConsensusFactory? factory = null)
    {
        var consensus = Network.Main.Consensus.Clone();
        if (factory is not null)
            consensus.ConsensusFactory = factory;
        return new NetworkBuilder()
            .SetNetworkSet(global::NBitcoin.Bitcoin.Instance)
            .SetName(name)
            .SetChainName(new ChainName(name))
            .SetConsensus(consensus)
            .SetGenesis(Convert.ToHexStringLower(Network.Main.GetGenesis().ToBytes()))
            .SetMagic(magic)
            .SetPort(port)
            .SetMaxP2PVersion(version)
            .AddDNSSeeds([new DNSSeedData(seed, seed), new DNSSeedData("a seed of Bitcoin", "seed.bitcoin.sprovoost.nl")])
            .AddSeeds([new Address(IPAddress.Parse("1.2.3.4"), port), new Address(IPAddress.Parse("2001:db8::1"), port + 1)])
            .BuildAndRegister();
    }
}

/// <summary>Creates the types of <see cref="TestNetworks.Odd"/>.</summary>
internal sealed class OddFactory : ConsensusFactory
{
    public override Payload CreatePayload(string command) => command is "odd" ? new OddPayload() : base.CreatePayload(command);

    public override Transaction CreateTransaction() => new OddTransaction();
}

#pragma warning disable CS0618 // NBitcoin's constructor for chains of others.
internal sealed class OddTransaction : Transaction
{
    public override ConsensusFactory GetConsensusFactory() => TestNetworks.Odd.Consensus.ConsensusFactory;
}
#pragma warning restore CS0618

internal sealed class OddPayload : Payload
{
    private uint _number;

    public override string Command => "odd";

    public uint Number { get => _number; set => _number = value; }

    public override void ReadWriteCore(BitcoinStream stream) => stream.ReadWrite(ref _number);
}
