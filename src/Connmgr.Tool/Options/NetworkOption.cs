using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary><c>--network</c>, the same for each command that is about one.</summary>
internal sealed class NetworkOption : Option<NetworkName>
{
    public NetworkOption()
        : base("--network")
    {
        Description = "The network: sandbox (the default: in memory, needs no internet), regtest, signet, testnet4 or mainnet.";
        HelpName = "NAME";
        CustomParser = Parse;
    }

    private static NetworkName Parse(ArgumentResult result)
    {
        foreach (var name in Enum.GetValues<NetworkName>())
        {
            if (string.Equals(Names.Of(name), OptionToken.Of(result), StringComparison.Ordinal))
                return name;
        }

        var others = string.Join(", ", Enum.GetValues<NetworkName>().SkipLast(1).Select(Names.Of));
        result.AddError($"--network is '{OptionToken.Of(result)}': use {others} or mainnet.");
        return default;
    }
}
