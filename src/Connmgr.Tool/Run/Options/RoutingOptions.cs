using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>Networks, proxies, Tor and I2P.</summary>
internal sealed class RoutingOptions : RunOptionGroup
{
    private readonly AddressNetworksOption _onlyNet = new("Find only peers", "all that can be reached");

    private readonly ProxyOption _proxy = new();

    private readonly FlagOption _cjdns = new(
        "--cjdns-reachable", "Use CJDNS: dial and announce addresses in fc00::/8, which are private otherwise.", canBeOff: true);

    private readonly Option<string?> _onionProxy = new("--onion-proxy")
    {
        Description = "Connect to .onion addresses through this proxy of Tor; 0 to never connect to them.",
        HelpName = "HOST:PORT",
    };

    private readonly ProxyEndPointOption _torControl = new(
        "--tor-control",
        ProxyEndPoint.DefaultControlPort,
        "Have Tor at this control port, such as 127.0.0.1:9051, serve an onion address for this run, and use Tor's SOCKS port for .onion addresses.");

    private readonly PathOption _torPasswordFile = PathOption.OfFile(
        "--tor-password-file", "A file with the password of Tor's control port (default: Tor's cookie).", "/etc/connmgr/tor-password");

    private readonly FlagOption _torPlainCookie = new(
        "--tor-allow-plain-cookie",
        "Send Tor's cookie to a control port that can't prove that it knows the cookie. Any program that listens there can then get any 32-byte file.",
        canBeOff: true);

    private readonly OnionTargetOption _onionTarget = new();

    private readonly ProxyEndPointOption _i2pSam = new(
        "--i2p-sam",
        SamClient.DefaultPort,
        "Reach I2P peers through the router at this SAM port, such as 127.0.0.1:7656, and have an I2P address for this run.");

    private readonly FlagOption _i2pTransient = new(
        "--i2p-transient",
        "Have no I2P address for inbound peers, and dial from another address each time, so that peers can't tell that they have the same neighbour.",
        canBeOff: true);

    private readonly WholeNumberOption _i2pTunnelLength = new(
        "--i2p-tunnel-length",
        I2PControllerOptions.MaxTunnelLength,
        "The number of routers in each I2P tunnel (default: the router's own, usually 3). Fewer are faster and hide less.");

    private readonly PathOption _asMap = PathOption.OfFile(
        "--asmap", "A file of Bitcoin Core that maps addresses to autonomous systems. Peers are spread over these, and bans can name AS numbers.", "asmap.dat");

    public RoutingOptions() => _onionProxy.Validators.Add(result =>
    {
        var text = result.Tokens is [{ Value: var given }] ? given : string.Empty;
        if (!ProxyRules.None.TryAdd($"{text}=onion", out _, out var error))
            result.AddError($"--onion-proxy is '{text}': {error}.");
    });

    public override string Title => "Networks, proxies, Tor, I2P";

    public override IEnumerable<Option> Options => [_onlyNet, _proxy, _onionProxy, _cjdns, _torControl, _torPasswordFile, _torPlainCookie, _onionTarget, _i2pSam, _i2pTransient, _i2pTunnelLength, _asMap];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        OnlyNetworks = GetNetworks(parsed.GetValue(_onlyNet)),
        Proxies = WithOnion(parsed.GetValue(_proxy) ?? ProxyRules.None, parsed.GetValue(_onionProxy)) with { IsCjdnsReachable = parsed.GetValue(_cjdns) },
        TorControl = parsed.GetValue(_torControl),
        AsMap = parsed.GetValue(_asMap),
        TorPasswordFile = parsed.GetValue(_torPasswordFile),
        TorAllowPlainCookie = parsed.GetValue(_torPlainCookie),
        OnionTarget = parsed.GetValue(_onionTarget),
        I2PSam = parsed.GetValue(_i2pSam),
        I2PTransient = parsed.GetValue(_i2pTransient),
        I2PTunnelLength = parsed.GetValue(_i2pTunnelLength),
    };

    /// <summary>Determines whether peers come by themselves, to an I2P address.</summary>
    public override bool NamesPeers(CommandResult result) => result.GetResult(_i2pSam) is { Implicit: false } && result.GetResult(_i2pTransient) is null or { Implicit: true };

    public override void Validate(CommandResult result)
    {
        var given = result.Children.OfType<OptionResult>().Where(option => !option.Implicit).ToDictionary(option => option.Option.Name, StringComparer.Ordinal);
        foreach (var name in new Option[] { _torPasswordFile, _torPlainCookie, _onionTarget }.Select(option => option.Name).Where(given.ContainsKey))
        {
            if (!given.ContainsKey(_torControl.Name))
                result.AddError($"{name} only applies with --tor-control: add --tor-control 127.0.0.1:9051, or leave it out.");
        }

        foreach (var name in new Option[] { _i2pTransient, _i2pTunnelLength }.Select(option => option.Name).Where(given.ContainsKey))
        {
            if (!given.ContainsKey(_i2pSam.Name))
                result.AddError($"{name} only applies with --i2p-sam: add --i2p-sam 127.0.0.1:7656, or leave it out.");
        }

        var way = new Option[] { _proxy, _onionProxy, _cjdns, _torControl, _i2pSam }.FirstOrDefault(option => given.ContainsKey(option.Name));
        if (way is not null && !given.ContainsKey("--chain") && GetTokens(given, "--network") is [] or ["sandbox"])
            result.AddError($"{way.Name} has no effect in the sandbox, which is in memory: add --network mainnet, for example.");

        if (GetTokens(given, _onionProxy.Name) is ["0"] && given.ContainsKey(_torControl.Name))
        {
            result.AddError(
                "--onion-proxy is '0', but with --tor-control, .onion addresses are dialled through Tor: " +
                "leave it out, and choose the networks to dial with --only-net.");
        }

        // From the words: the value of an option that can't be parsed must not be read.
        var rules = GetTokens(given, _proxy.Name).Concat(GetTokens(given, _onionProxy.Name).Select(text => $"{text}=onion"))
            .Aggregate(ProxyRules.None, static (rules, text) => rules.TryAdd(text, out var next, out _) ? next : rules);
        if (rules.I2P is not null && given.ContainsKey(_i2pSam.Name))
            result.AddError("--proxy names a proxy for I2P, and --i2p-sam a router: leave one of them out.");
        if (rules.NameProxy is not null && given.ContainsKey("--dns-server"))
            result.AddError("--dns-server would bypass the proxy, which looks names up itself: leave it out.");
        var reachable = rules.ReachableNetworks | (given.ContainsKey(_torControl.Name) ? AddressNetworks.TorV3 : AddressNetworks.None)
            | (given.ContainsKey(_i2pSam.Name) ? AddressNetworks.I2P : AddressNetworks.None);
        var usesCjdns = given.ContainsKey(_cjdns.Name) && GetTokens(given, _cjdns.Name) is not ["false"];
        if (!usesCjdns && GetTokens(given, "--external-address").FirstOrDefault(IsCjdns) is { } external)
            result.AddError($"--external-address is '{external}', an address of CJDNS: add --cjdns-reachable, or leave it out.");
        var unreachable = AddressNetworks.All & ~reachable & ~(usesCjdns ? AddressNetworks.Cjdns : AddressNetworks.None);
        foreach (var name in GetTokens(given, _onlyNet.Name).Where(name => (AddressNetworkTable.Parse(name) & unreachable) != AddressNetworks.None))
        {
            result.AddError(name switch
            {
                "onion" => "--only-net is 'onion', which has no proxy: add --proxy 127.0.0.1:9050, --onion-proxy or --tor-control.",
                "i2p" => "--only-net is 'i2p', which has no router: add --i2p-sam 127.0.0.1:7656, or a proxy by --proxy 127.0.0.1:4447=i2p.",
                "cjdns" => "--only-net is 'cjdns', which is not used: add --cjdns-reachable.",
                _ => $"--only-net is '{name}', which can't be reached: leave it out.",
            });
        }
    }

    private static bool IsCjdns(string text) => NetworkEndPoint.TryParseWithOptionalPort(text, out var endPoint) && endPoint.ToCjdns().Address.Network == AddressNetwork.Cjdns;

    private static IReadOnlyList<string> GetTokens(Dictionary<string, OptionResult> given, string name) =>
        given.TryGetValue(name, out var option) ? [.. option.Tokens.Select(token => token.Value)] : [];

    /// <summary>Gets the set of the named networks; null when none was named.</summary>
    private static AddressNetworks? GetNetworks(string[]? names) =>
        names is { Length: > 0 } ? names.Aggregate(AddressNetworks.None, (all, name) => all | AddressNetworkTable.Parse(name)) : null;

    private static ProxyRules WithOnion(ProxyRules rules, string? onionProxy) =>
        onionProxy is not null && rules.TryAdd($"{onionProxy}=onion", out var with, out _) ? with : rules;
}
