using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--user-agent</c>: the name that peers receive.</summary>
internal sealed class UserAgentOption : Option<string?>
{
    public UserAgentOption()
        : base("--user-agent")
    {
        Description = $"The user agent that peers receive (default {BitcoinPeerOptions.DefaultUserAgent}).";
        HelpName = "TEXT";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            foreach (var error in new BitcoinPeerOptions { Chain = ChainParameters.Regtest, UserAgent = text }.GetErrors())
                result.AddError($"{Name}{error.AsSpan(nameof(BitcoinPeerOptions.UserAgent).Length)}");
            return text;
        };
    }
}
