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
    }

    /// <summary>
    /// Creates the option of a command with subcommands that work on the files of one network. It may stand before or after the name of a
    /// subcommand.
    /// </summary>
    public static NetworkOption ForSubcommands() => new("The network. Needed when the data directory has several, or none yet.") { Recursive = true };

    /// <summary>Gets the network that was named; null when none was.</summary>
    public NetworkName? GetNamed(ParseResult parsed) => parsed.GetResult(this) is null ? null : parsed.GetValue(this);

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
