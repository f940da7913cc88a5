using Connmgr.Bitcoin;
using NBitcoin;

namespace Connmgr.NBitcoin;

/// <summary>Converts networks of NBitcoin, of Bitcoin and of other chains.</summary>
public static class NetworkExtensions
{
    /// <summary>Creates the parameters of a chain from NBitcoin's network object.</summary>
    /// <param name="network">
    /// The network, for example <c>Network.Main</c>, one of NBitcoin.Altcoins, or one that a <see cref="NetworkBuilder"/> created.
    /// </param>
    /// <returns>
    /// Magic, port, DNS seeds and fixed seeds of the network. A chain that <see cref="ChainParameters"/> knows has its name; for another it
    /// is NBitcoin's, in lower case, with '-' for each character that is not a letter, a digit, '-' or '_', so that it can be the name of a
    /// folder. DNS seeds that <see cref="ChainParameters"/> does not know are taken for such as do not filter by services, and fixed seeds
    /// of Tor v2 are left out. The length of the longest message is not known to NBitcoin's networks: for a chain with longer ones, set
    /// <see cref="ChainParameters.MaxPayloadLength"/> by <c>with</c>. The library reads payloads of the chain's peers by this network: see <see cref="BitcoinPeerExtensions"/>.
    /// </returns>
    public static ChainParameters ToChainParameters(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var known = ChainParameters.All.FirstOrDefault(chain => chain.Magic.AsSpan().SequenceEqual(network.MagicBytes));
        return new()
        {
            Name = known?.Name ?? GetFolderName(network.Name),
            Magic = [.. network.MagicBytes],
            DefaultPort = network.DefaultPort,
            DnsSeeds = [.. network.DNSSeeds.Select(static seed => ToDnsSeed(seed.Host))],
            FixedSeeds = [.. network.SeedNodes.Select(static seed => seed.TryToNetworkEndPoint(out var endPoint) ? endPoint : default).Where(static seed => seed != default)],
            Origin = network,
        };
    }

    /// <summary>Gets the network of a peer's chain: the one that its parameters were taken from, otherwise Bitcoin's main network.</summary>
    internal static Network GetNetwork(this BitcoinPeer peer) => peer.Chain.Origin as Network ?? Network.Main;

    private static DnsSeed ToDnsSeed(string host) =>
        ChainParameters.All.SelectMany(static chain => chain.DnsSeeds).FirstOrDefault(seed => string.Equals(seed.Host, host, StringComparison.OrdinalIgnoreCase))
        ?? new(host, supportsServiceFilter: false);

    private static string GetFolderName(string name) =>
        string.Concat(name.Take(64).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? char.ToLowerInvariant(c) : '-'));
}
