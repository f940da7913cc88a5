using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The listeners, and the number of inbound peers.</summary>
internal sealed class InboundOptions : RunOptionGroup
{
    private const int MaxMaxInbound = 100_000;
    private const string On = "on";

    private readonly ListenOption _listen = new();

    private readonly ExternalAddressesOption _external = new();

    private readonly ChoiceOption _discover = new(
        "--discover",
        [On, "off"],
        "Announce the public addresses of this machine at which the run listens (default: on with --listen, unless --external-address or --proxy is given).");

    private readonly WholeNumberOption _maxInbound =
        new("--max-inbound", MaxMaxInbound, "The most inbound peers at a time (default 117).");

    private readonly ChoiceOption _portMap = new(
        "--port-map",
        ["pcp", "natpmp", "upnp", "auto", "off"],
        "Have the router forward the ports of --listen, and open them for IPv6: by this protocol, or by the first that works (auto). Default off.");

    public override string Title => "Inbound peers";

    public override IEnumerable<Option> Options => [_listen, _external, _discover, _portMap, _maxInbound];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        Listen = [.. parsed.GetValue(_listen) ?? []],
        ExternalAddresses = [.. parsed.GetValue(_external) ?? []],
        Discover = parsed.GetValue(_discover) is { } discover ? discover is On : null,
        MaxInbound = parsed.GetValue(_maxInbound),
        PortMapping = parsed.GetValue(_portMap) switch
        {
            "pcp" => PortMappingMethod.Pcp,
            "natpmp" => PortMappingMethod.NatPmp,
            "upnp" => PortMappingMethod.Upnp,
            "auto" => PortMappingMethod.Auto,
            _ => PortMappingMethod.Off,
        },
    };

    public override void Validate(CommandResult result)
    {
        var isSandbox = result.Children.OfType<OptionResult>().All(IsNotOfRealNetwork);
        if (result.GetResult(_portMap) is { Implicit: false, Tokens: [{ Value: not "off" }] })
        {
            if (isSandbox)
                result.AddError("--port-map has no effect in the sandbox, which is in memory: add --network mainnet, for example.");
            else if (result.GetResult(_listen)?.Tokens.Any(static token => !IsOnion(token)) != true)
                result.AddError("--port-map only applies with --listen: add --listen 0.0.0.0, or leave it out.");
        }

        if (result.GetResult(_listen)?.Tokens.FirstOrDefault(IsOnion) is { } onion && isSandbox)
        {
            result.AddError(
                $"--listen is '{onion.Value}', but no onion service leads into the sandbox, which is in memory: " +
                $"leave {ListenAddress.OnionSuffix} out, or add --network mainnet, for example.");
        }

        static bool IsOnion(Token token) => token.Value.EndsWith(ListenAddress.OnionSuffix, StringComparison.Ordinal);

        static bool IsNotOfRealNetwork(OptionResult option) => option.Option is not ChainOption && (option.Option is not NetworkOption || option.Tokens is [] or [{ Value: "sandbox" }]);
    }

    public override bool NamesPeers(CommandResult result) => result.GetResult(_listen) is not null;
}
