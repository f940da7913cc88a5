using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--external-address</c>: the addresses, of any network, at which others can reach this node. Without a port, it is 0.</summary>
internal sealed class ExternalAddressesOption : Option<NetworkEndPoint[]>
{
    public ExternalAddressesOption()
        : base("--external-address")
    {
        Description = "Tell peers that this node can be reached at this address (default port: that of --listen). May be given several times.";
        HelpName = "ADDRESS[:PORT]";
        CustomParser = result =>
        {
            var addresses = new List<NetworkEndPoint>();
            foreach (var token in result.Tokens)
            {
                if (!NetworkEndPoint.TryParseWithOptionalPort(token.Value, out var endPoint))
                    result.AddError($"{Name} is '{token.Value}': write an address, such as 1.2.3.4, [2600::1]:8333 or an .onion address; not a host name.");
                else if (!endPoint.ToCjdns().Address.IsRoutable)
                    result.AddError($"{Name} is '{token.Value}', which is private or local, so no peer can reach it: give the public address of this node.");
                else if (!addresses.Contains(endPoint))
                    addresses.Add(endPoint);
            }

            return [.. addresses];
        };
    }
}
