using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>A network of Bitcoin Core. Immutable.</summary>
/// <param name="Section">The name of its section, which is also the value of <c>-chain</c>.</param>
/// <param name="Name">The network here; null for none.</param>
/// <param name="Port">The default port.</param>
/// <param name="Folder">The folder in the data directory; empty for the data directory itself.</param>
internal sealed record CoreNetwork(string Section, NetworkName? Name, int Port, string Folder)
{
    public static readonly CoreNetwork Main = new("main", NetworkName.Mainnet, 8333, string.Empty);

    public static readonly ImmutableArray<CoreNetwork> All =
    [
        Main, new("test", Name: null, 18333, "testnet3"), new("testnet4", NetworkName.Testnet4, 48333, "testnet4"),
        new("signet", NetworkName.Signet, 38333, "signet"), new("regtest", NetworkName.Regtest, 18444, "regtest"),
    ];

    /// <summary>Finds the network of a section.</summary>
    public static CoreNetwork? Find(string section) => All.FirstOrDefault(network => string.Equals(network.Section, section, StringComparison.Ordinal));
}
