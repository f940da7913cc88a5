using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary><c>--network</c>, the same for each command that works on a network.</summary>
internal sealed class NetworkOption : Option<NetworkName>
{
    public NetworkOption(string description = "The network: sandbox (the default; in memory, without internet), regtest, signet, testnet4 or mainnet.")
        : base("--network")
    {
        Description = description;
        HelpName = "NAME";
        CustomParser = Parse;
        CompletionSources.Add([.. Enum.GetValues<NetworkName>().Select(Names.Get)]);
        Chain = new ChainOption(this);
    }

    /// <summary>The option for a chain that has no name here.</summary>
    public ChainOption Chain { get; }

    /// <summary>
    /// Creates the option of a command with subcommands that work on the files of one network. It may stand before or after the name of a
    /// subcommand.
    /// </summary>
    public static NetworkOption ForSubcommands()
    {
        var option = new NetworkOption("The network. Needed when the data directory has several, or none yet.") { Recursive = true };
        option.Chain.Recursive = true;
        return option;
    }

    private static NetworkName Parse(ArgumentResult result)
    {
        foreach (var name in Enum.GetValues<NetworkName>())
        {
            if (string.Equals(Names.Get(name), OptionToken.Get(result), StringComparison.Ordinal))
                return name;
        }

        var others = string.Join(", ", Enum.GetValues<NetworkName>().SkipLast(1).Select(Names.Get));
        result.AddError($"--network is '{OptionToken.Get(result)}': use {others} or mainnet.");
        return default;
    }
}
