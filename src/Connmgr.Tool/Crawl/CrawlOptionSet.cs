using System.CommandLine;
using System.CommandLine.Parsing;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>The options of a crawl.</summary>
internal sealed class CrawlOptionSet : OptionSet<CrawlOptions>
{
    private const int DefaultConcurrency = 500;
    private const int DefaultMaxAddresses = 1_000_000;
    private const long DefaultRevisit = 300;
    private const long LongestRevisit = 24 * 86_400;
    private const long LongestAnswer = 600;

    private readonly NetworkOption _network = new();

    private readonly WholeNumberOption _sandbox = new(
        "--sandbox", SandboxNetworkOptions.MaxPeers, $"Crawl a network in memory with this number of addresses (default {SandboxNetworkOptions.DefaultPeers}).", min: 1);

    private readonly PathOption _out = PathOption.OfFolder(
        "--out", "Write the results to this folder, and keep the state of the crawl there, so that it continues after a stop.", "~/crawl");

    private readonly FlagOption _once = new("--once", "End after one round, in which each address is visited once.", canBeOff: true);

    private readonly DurationOption _revisit = new("--revisit", "The time from the start of a round to that of the next, at least 1s (default 5m).");

    private readonly DurationOption _answerTimeout = new(
        "--answer-timeout", "The time that a node has to answer the request for addresses, at most 10m (default 1m; Bitcoin Core answers after 30s on average).");

    private readonly WholeNumberOption _concurrency = new("--concurrency", 100_000, $"The most visits at one time (default {DefaultConcurrency}).", min: 1);

    private readonly RateOption _rate = new("--rate", "The most visits a second (default 200; in the sandbox off).");

    private readonly RateOption _netgroupRate = new("--netgroup-rate", "The most visits a second to one netgroup, such as a /16 of IPv4 (default 5; in the sandbox off).");

    private readonly WholeNumberOption _visitsPerDay = new("--visits-per-day", 86_400, "The most visits to one address a day (default: one each round).", min: 1);

    private readonly WholeNumberOption _maxAddresses = new("--max-addresses", 3_000_000, $"The most addresses to know (default {DefaultMaxAddresses}).", min: 1);

    private readonly HostsOption _start = HostsOption.Remote("--start", "An address to begin with, instead of asking DNS seeds. May be given several times.");

    private readonly HostsOption _dnsSeeds = HostsOption.Names("--dns-seed", "Ask this DNS seed instead of those of the network. May be given several times.");

    private readonly DnsServerOption _dnsServer = new();

    private readonly AddressNetworksOption _onlyNet = new("Visit only addresses", "all that can be reached");

    private readonly ProxyOption _proxy = new();

    private readonly FlagOption _cjdns = new("--cjdns-reachable", "Use CJDNS: visit addresses in fc00::/8.", canBeOff: true);

    private readonly ProxyEndPointOption _i2pSam = new("--i2p-sam", SamClient.DefaultPort, "Visit I2P addresses through the router at this SAM port, such as 127.0.0.1:7656.");

    private readonly FlagOption _private = new("--allow-private", "Visit private addresses, such as 10.0.0.1, which any node can name. For test networks.", canBeOff: true);

    private readonly UserAgentOption _userAgent = new();

    private readonly PathOption _asMap = PathOption.OfFile(
        "--asmap", "A file of Bitcoin Core that maps addresses to autonomous systems, which are then the netgroups.", "asmap.dat");

    private readonly FleetCommandOptions _fleet = new();

    private readonly DashboardOptions _dashboard = new();

    private readonly ZoneOptions _zone = new();

    private readonly FlagOption _json = new("--json", "Write each visit as one JSON object per line to standard output, and nothing else.", canBeOff: true);

    public override string Command => "connmgr crawl";

    public override IReadOnlyList<Option> All => [.. Groups.SelectMany(static group => group.Options)];

    /// <summary>The groups of options, for the help.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Groups =>
    [
        ("The crawl", [_network, _network.Chain, _sandbox, _out, _once, _revisit, _json]),
        ("Pace and limits", [_concurrency, _rate, _netgroupRate, _visitsPerDay, _answerTimeout, _maxAddresses]),
        ("Addresses", [_start, _dnsSeeds, _dnsServer, _private, _asMap, _userAgent]),
        ("Networks, proxies, Tor, I2P", [_onlyNet, _proxy, _cjdns, _i2pSam]),
        (FleetCommandOptions.Title, _fleet.All),
        (_dashboard.Title, [.. _dashboard.Options]),
        (ZoneOptions.Title, [.. _zone.Options]),
    ];

    public override NetworkOption Network => _network;

    public override Option Folder => _out;

    public override CrawlOptions Read(ParseResult parsed)
    {
        var chain = _network.Chain.GetNamed(parsed);
        var network = parsed.GetValue(_network);
        var port = (chain ?? NetworkWorld.GetChain(network)).DefaultPort;
        return new()
        {
            Network = network,
            CustomChain = chain,
            SandboxPeers = parsed.GetValue(_sandbox),
            Concurrency = parsed.GetValue(_concurrency) ?? DefaultConcurrency,
            Rate = ToPace(parsed.GetValue(_rate)),
            NetgroupRate = ToPace(parsed.GetValue(_netgroupRate)),
            VisitsPerDay = parsed.GetValue(_visitsPerDay) ?? 0,
            AnswerTimeout = parsed.GetValue(_answerTimeout) is { } answer ? TimeSpan.FromSeconds(answer) : null,
            MaxAddresses = parsed.GetValue(_maxAddresses) ?? DefaultMaxAddresses,
            Once = parsed.GetValue(_once),
            Revisit = TimeSpan.FromSeconds(parsed.GetValue(_revisit) ?? DefaultRevisit),
            Folder = parsed.GetValue(_out) is { } folder ? Path.GetFullPath(folder) : null,
            Json = parsed.GetValue(_json),
            Start = [.. (parsed.GetValue(_start) ?? []).Select(host => ToEndPoint(host, port)!.Value)],
            DnsSeeds = [.. parsed.GetValue(_dnsSeeds) ?? []],
            DnsServer = parsed.GetValue(_dnsServer),
            OnlyNetworks = parsed.GetValue(_onlyNet) is { Length: > 0 } words ? words.Aggregate(AddressNetworks.None, static (all, word) => all | AddressNetworkTable.Parse(word)) : null,
            Proxies = (parsed.GetValue(_proxy) ?? ProxyRules.None) with { IsCjdnsReachable = parsed.GetValue(_cjdns) },
            I2PSam = parsed.GetValue(_i2pSam),
            AllowPrivate = parsed.GetValue(_private),
            UserAgent = parsed.GetValue(_userAgent),
            AsMap = parsed.GetValue(_asMap),
            Fleet = _fleet.Get(parsed, (chain ?? NetworkWorld.GetChain(network)).Name),
            Dashboard = _dashboard.Get(parsed),
            Zone = _zone.Get(parsed),
        };
    }

    public override void Validate(CommandResult result)
    {
        _zone.Validate(result);
        _fleet.Validate(result);
        _dashboard.Validate(result);
        // GetValue throws for a value that can't be parsed.
        var isSandbox = result.GetResult(_network.Chain) is null && (result.GetResult(_network)?.Tokens is not [{ Value: var name }] || name is "sandbox");
        if (!isSandbox && result.GetResult(_sandbox) is not null)
            result.AddError("--sandbox only applies in the sandbox: leave out --network, or --sandbox.");
        foreach (var option in new Option[] { _proxy, _cjdns, _i2pSam, _start, _dnsSeeds, _dnsServer })
        {
            if (isSandbox && result.GetResult(option) is { Implicit: false } && (option is not FlagOption flag || result.GetValue(flag)))
                result.AddError($"{option.Name} has no effect in the sandbox, which is in memory: add --network mainnet, for example.");
        }

        if (result.GetValue(_once) && result.GetResult(_revisit) is { Implicit: false })
            result.AddError("--revisit has no effect with --once: leave one of them out.");
        if (result.GetResult(_revisit)?.Tokens is [{ Value: var revisit }] && DurationOption.ParseSeconds(revisit) is > LongestRevisit)
            result.AddError($"--revisit is '{revisit}': use at most 24d, or --once.");
        if (result.GetResult(_answerTimeout)?.Tokens is [{ Value: var answer }] && DurationOption.ParseSeconds(answer) is > LongestAnswer)
            result.AddError($"--answer-timeout is '{answer}': use at most 10m.");
        foreach (var token in result.GetResult(_start)?.Tokens ?? [])
        {
            if (HostAndPort.ParseRemote(token.Value, out var error) is { } host && error is null && ToEndPoint(host, 1) is null)
                result.AddError($"--start is '{token.Value}', a name: use an address, such as 1.2.3.4, or a .onion or .b32.i2p name.");
        }

        var chain = _network.Chain.Find(result) ?? (result.GetResult(_network)?.Tokens is [{ Value: "regtest" }] ? ChainParameters.Regtest : null);
        if (chain is { DnsSeeds.IsEmpty: true } && result.GetResult(_start) is null && result.GetResult(_dnsSeeds) is null)
            result.AddError(Invariant($"{chain.Name} has no DNS seeds: add --start 127.0.0.1:{chain.DefaultPort}, or --dns-seed HOST."));
    }

    /// <summary>Converts a host; null for a name that is none of an address.</summary>
    private static NetworkEndPoint? ToEndPoint(HostAndPort host, int defaultPort) =>
        NetworkEndPoint.TryFromEndPoint(host.ToEndPoint(defaultPort), out var endPoint)
            ? endPoint.Address.Network == AddressNetwork.I2P ? new(endPoint.Address, 0) : endPoint
            : null;

    private static double? ToPace((double PerSecond, int Burst)? rate) =>
        rate is not { PerSecond: var perSecond } ? null : double.IsPositiveInfinity(perSecond) ? 0 : Math.Max(perSecond, 0.001);
}
