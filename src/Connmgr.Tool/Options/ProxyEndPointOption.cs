using System.CommandLine;
using System.Net;

namespace Connmgr.Tool;

/// <summary>An option that takes the address of a proxy, or of Tor's control port: HOST:PORT, or unix:PATH.</summary>
internal sealed class ProxyEndPointOption : Option<EndPoint?>
{
    /// <param name="name">The name, with its hyphens.</param>
    /// <param name="defaultPort">The port when none is given.</param>
    /// <param name="description">The description in the help.</param>
    public ProxyEndPointOption(string name, int defaultPort, string description)
        : base(name)
    {
        Description = description;
        HelpName = "HOST:PORT";
        CustomParser = result =>
        {
            if (!ProxyEndPoint.TryParse(OptionToken.Get(result), defaultPort, out var endPoint, out var error))
                result.AddError($"{name} is '{OptionToken.Get(result)}': {error}.");
            return endPoint;
        };
    }
}
