using System.CommandLine;
using System.Net;

namespace Connmgr.Tool;

/// <summary><c>--onion-target</c>: the address at which Tor reaches the listener of the onion service. With port 0, the system chooses one.</summary>
internal sealed class OnionTargetOption : Option<IPEndPoint?>
{
    public OnionTargetOption()
        : base("--onion-target")
    {
        Description = "Listen at this address, and have Tor forward the onion address of --tor-control to it. Tor's machine must be able to reach it "
            + "(default: loopback if Tor is on this machine, else the local address of the connection to the control port).";
        HelpName = "ADDRESS[:PORT]";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            var host = HostAndPort.ParseLocal(text, out var error);
            if (host is { Address: null })
                error = "it is a name: write an IP address of this machine, such as 192.168.1.5 or [fd00::5]:8334";
            else if (host is { Address: { } any } && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any)))
                error = "it stands for all addresses: write the one that Tor's machine can reach";
            if (error is not null)
                result.AddError($"{Name} is '{text}': {error}.");
            return host?.Address is { } address ? new IPEndPoint(address, host.Port ?? 0) : null;
        };
    }
}
