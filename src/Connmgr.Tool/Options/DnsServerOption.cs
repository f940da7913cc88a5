using System.CommandLine;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool;

/// <summary><c>--dns-server</c>, the same for each command that looks up DNS seeds.</summary>
internal sealed class DnsServerOption : Option<HostAndPort?>
{
    private const int DefaultPort = 53;

    public DnsServerOption()
        : base("--dns-server")
    {
        Description = "Ask this name server (default port: 53) for the DNS seeds, instead of the system's resolver.";
        HelpName = "HOST:PORT";
        CustomParser = result =>
        {
            var host = HostAndPort.ParseRemote(OptionToken.Get(result), out var error, $"{DefaultPort}");
            if (error is not null)
                result.AddError($"--dns-server is '{OptionToken.Get(result)}': {error}.");
            return host;
        };
    }

    /// <summary>Creates the lookup of names.</summary>
    /// <param name="server">The name server; null for none.</param>
    /// <param name="timeProvider">The clock of retries and timeouts.</param>
    /// <param name="cancellationToken">Cancels the lookup of the server's own name.</param>
    /// <returns>The lookup; null for the system's resolver.</returns>
    /// <exception cref="ToolException">The name of the server has no address.</exception>
    public static async Task<LookupFunc?> ToLookupAsync(HostAndPort? server, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (server is null)
            return null;
        var address = server.Address ?? await ResolveAsync(server.Name!, cancellationToken).ConfigureAwait(false);
        return new DnsServerLookup(new IPEndPoint(address, server.Port ?? DefaultPort), timeProvider).LookupAsync;
    }

    private static async Task<IPAddress> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(name, cancellationToken).ConfigureAwait(false))[0];
        }
        catch (SocketException e)
        {
            throw new ToolException(
                $"the name server {name} does not resolve ({SafeText.Line(e.Message)}): " +
                    "give its address, such as --dns-server 127.0.0.1:53.",
                e);
        }
    }
}
