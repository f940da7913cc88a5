using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;

namespace Connmgr.Tool;

/// <summary><c>connmgr resolve</c>: looks up a name through Tor, so that no local name server learns it.</summary>
internal sealed class ResolveCommand(ToolEnvironment environment)
{
    private const int DefaultTimeout = 30;
    private const int MaxLookups = 8;

    private readonly Argument<string> _query = new("NAME") { Description = "The name to look up or, with --reverse, an IP address." };

    private readonly ProxyEndPointOption _proxy = new(
        "--proxy", ProxyEndPoint.DefaultPort, "Tor's SOCKS port, HOST:PORT or unix:PATH (default 127.0.0.1:9050).");

    private readonly FlagOption _reverse = new("--reverse", "Look up the name of an address.");

    private readonly WholeNumberOption _lookups = new(
        "--lookups", MaxLookups, $"The number of lookups, 1 to {MaxLookups}, each through a separate circuit: Tor returns one address each time (default 1).");

    private readonly SecondsOption _timeout =
        new("--timeout", TimeSpan.FromHours(1), DefaultTimeout, $"The timeout (default {DefaultTimeout}).");

    private readonly FlagOption _json = FlagOption.Json();

    public Command Build()
    {
        var command = new DocumentedCommand(
            "resolve",
            "Looks up a name through Tor, so that no local name server learns it.",
            "connmgr resolve seed.bitcoin.sipa.be",
            "connmgr resolve seed.bitcoin.sipa.be --lookups 8                # several of its addresses",
            "connmgr resolve 192.0.2.7 --reverse --proxy 127.0.0.1:9150")
        {
            _query, _proxy, _reverse, _lookups, _timeout, _json,
        };
        command.Validators.Add(Validate);
        command.SetAction((parsed, cancellationToken) => new ResolveSession(Options(parsed), environment).RunAsync(cancellationToken));
        return command;
    }

    private ResolveOptions Options(ParseResult parsed) => new()
    {
        Query = parsed.GetValue(_query)!,
        Proxy = parsed.GetValue(_proxy) ?? new IPEndPoint(IPAddress.Loopback, ProxyEndPoint.DefaultPort),
        Reverse = parsed.GetValue(_reverse),
        Lookups = parsed.GetValue(_lookups) ?? 1,
        Timeout = parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(DefaultTimeout),
        Json = parsed.GetValue(_json),
    };

    private void Validate(CommandResult result)
    {
        if (result.GetResult(_lookups)?.Tokens is [{ Value: "0" }])
            result.AddError($"--lookups is '0': use a whole number from 1 to {MaxLookups}.");
        if (!result.GetValue(_reverse) || result.GetResult(_query)?.Tokens is not [{ Value: var query }])
            return;
        if (!IPAddress.TryParse(query, out _))
            result.AddError($"'{query}' is not an IP address: leave --reverse out to look up a name.");
        if (result.GetResult(_lookups) is not null)
            result.AddError("--lookups only applies to names: leave it or --reverse out.");
    }
}
