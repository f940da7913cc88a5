using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>What configuration may say of the peers of a Bitcoin chain. Names and defaults are those of <see cref="PeerNetworkOptions"/>. Not thread-safe.</summary>
public sealed class BitcoinPeersSettings : ConnectionSettings
{
    /// <summary>Makes settings with the defaults.</summary>
    public BitcoinPeersSettings() => MaxInbound = new PeerNetworkOptions().MaxInbound;

    /// <summary>
    /// The chain: mainnet, testnet4, signet or regtest. Required, unless the instance is named like one, or the program gives one by
    /// <see cref="BitcoinPeersBuilder.UseChain"/>.
    /// </summary>
    public string? Chain { get; set; }

    /// <summary>
    /// The directory for what outlives the program, address book, anchors and bans, in a folder for each chain. Null, the default:
    /// everything is in memory.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>Whether the DNS seeds of the chain are asked. Default true.</summary>
    public bool UseChainSeeds { get; set; } = true;

    /// <summary>Names to ask for addresses as the DNS seeds of the chain are, beside those. Default: none.</summary>
    public IList<string> DnsSeeds { get; set; } = [];

    /// <summary>Peers that are asked for addresses before the DNS seeds: IP:PORT, [IPv6]:PORT or NAME:PORT. Default: none. Port 0, or none, stands for the chain's.</summary>
    public IList<EndPoint> SeedNodes { get; set; } = [];

    /// <summary>The networks to find peers of: ipv4, ipv6, onion, i2p, cjdns. What can't be reached is left out. Default: all.</summary>
    public AddressNetworks OnlyNetworks { get; set; } = AddressNetworks.All;

    /// <summary>
    /// Which proxy leads to which network, each as in Bitcoin Core's -proxy: 127.0.0.1:9050 for everything but I2P, 127.0.0.1:9050=onion
    /// for one network. Default: none, everything direct.
    /// </summary>
    public ProxyRules Proxies { get; set; } = ProxyRules.None;

    /// <summary>Tor's control port, such as 127.0.0.1:9051. Tells of Tor's proxy and serves an onion service. Default: none.</summary>
    public EndPoint? TorControl { get; set; }

    /// <summary>The password of Tor's control port. Null, the default: its cookie, or nothing where that will do. Not logged.</summary>
    public string? TorPassword { get; set; }

    /// <summary>
    /// Whether Tor's cookie is sent as it is to a control port that does not offer SAFECOOKIE. Whatever listens there then receives any
    /// 32-byte file that it names. Default false.
    /// </summary>
    public bool TorAllowPlainCookie { get; set; }

    /// <summary>Whether Tor's control port serves an onion service for inbound peers. Default true.</summary>
    public bool ServesOnion { get; set; } = true;

    /// <summary>
    /// The memory, in bytes, that messages of all peers together may take while they arrive or are handled; at least 12582912 (12 MiB). Null,
    /// the default: the smaller of 64 MiB and an eighth of the memory that the garbage collector may use.
    /// </summary>
    public int? ReceiveBudget { get; set; }

    /// <summary>
    /// Where Tor reaches the listener of the onion service, IP or IP:PORT, when it runs on another machine. Null, the default: loopback for a
    /// local Tor, else the local address of the connection to its control port.
    /// </summary>
    public IPEndPoint? OnionTarget { get; set; }

    /// <summary>How we call ourselves (BIP14): at most 256 characters of printable ASCII. Default <c>/Connmgr:0.1.0/</c>.</summary>
    public string UserAgent { get; set; } = BitcoinPeerOptions.DefaultUserAgent;
}
