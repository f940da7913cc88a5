using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary><c>--proxy</c>: the SOCKS5 proxies for all networks or for one. May be given several times.</summary>
internal sealed class ProxyOption : Option<ProxyRules?>
{
    public ProxyOption()
        : base("--proxy")
    {
        Description = "Connect through this SOCKS5 proxy, and leave the lookup of names to it. With =ipv4, =ipv6, =onion, =cjdns or =i2p at the end, only for that network, "
            + "where 0 means no proxy; with =always for private addresses too, which are otherwise dialled directly. May be given several times.";
        HelpName = "HOST:PORT[=NET]";
        Arity = ArgumentArity.OneOrMore;
        CustomParser = ParseRules;
    }

    private static ProxyRules? ParseRules(ArgumentResult result)
    {
        var rules = ProxyRules.None;
        foreach (var token in result.Tokens)
        {
            if (rules.TryAdd(token.Value, out var next, out var error))
                rules = next;
            else
                result.AddError($"--proxy is '{token.Value}': {error}.");
        }

        return rules;
    }
}
