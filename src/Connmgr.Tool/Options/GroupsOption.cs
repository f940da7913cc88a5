using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--group</c>: groups of automatic peers, the most wanted first.</summary>
internal sealed class GroupsOption : Option<PeerGroup[]>
{
    public GroupsOption()
        : base("--group")
    {
        Description = "Keep so many peers of this kind connected, instead of --target: services (network, bloom, witness, filters, limited, v2 or bits such as 0x40), "
            + "networks (ipv4, ipv6, onion, i2p, cjdns), relay=off, gossip=off, version=MINIMUM, transport=v2. May be given several times, the most wanted first.";
        HelpName = "NAME=TARGET[,services=WORD+WORD][,net=WORD]";
        Arity = ArgumentArity.OneOrMore;
        CustomParser = result =>
        {
            var groups = new List<PeerGroup>();
            foreach (var token in result.Tokens)
            {
                if (PeerGroup.TryParse(token.Value, out var group, out var error))
                    groups.Add(group);
                else
                    result.AddError($"{Name} is '{token.Value}': {error}.");
            }

            foreach (var error in new PeerNetworkOptions { Chain = ChainParameters.Regtest, Groups = groups }.GetErrors())
                result.AddError(error.Replace(nameof(PeerNetworkOptions.Groups), Name, StringComparison.Ordinal));
            return [.. groups];
        };
    }
}
