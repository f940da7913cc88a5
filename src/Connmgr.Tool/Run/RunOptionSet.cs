using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The options of a run.</summary>
internal sealed class RunOptionSet : OptionSet<RunOptions>
{
    private readonly NetworkOption _network = new();

    private readonly RunOptionGroup[] _groups =
    [
        new PeerOptions(), new SourceOptions(), new RoutingOptions(), new InboundOptions(), new LimitOptions(), new IdentityOptions(),
        new FleetGroup(), new DashboardOptions(), new ExitOptions(),
    ];

    private readonly FlagOption _json = new("--json", "Write each event as one JSON object per line to standard output, and nothing else.", canBeOff: true);

    public override string Command => "connmgr run";

    public override IReadOnlyList<Option> All => [_network, _network.Chain, .. _groups.SelectMany(group => group.Options), DataDirectory, _json];

    /// <summary>The groups of options, for the help.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Groups =>
    [
        ("The run", [_network, _network.Chain, DataDirectory, _json]), .. _groups.Select(group => (group.Title, (IReadOnlyList<Option>)[.. group.Options])),
    ];

    /// <summary>The data directory.</summary>
    public DataDirectoryOption DataDirectory { get; } =
        new("The data directory, created if it does not exist. Two runs can't share one.");

    public override NetworkOption Network => _network;

    public override Option Folder => DataDirectory;

    public override string? FindHint(string name) => CoreOptions.FindHint(name);

    public override string? FindHintForKey(string key) => CoreOptions.FindHintForKey(key);

    public override RunOptions Read(ParseResult parsed)
    {
        var shared = new RunOptions
        {
            Network = parsed.GetValue(_network),
            CustomChain = parsed.GetValue(_network.Chain),
            DataDirectory = parsed.GetValue(DataDirectory),
            Json = parsed.GetValue(_json),
        };
        return _groups.Aggregate(shared, (options, group) => group.Apply(options, parsed));
    }

    public override void Validate(CommandResult result)
    {
        foreach (var group in _groups)
            group.Validate(result);
        // GetValue throws for a value that can't be parsed.
        var chain = _network.Chain.Find(result) ?? (result.GetResult(_network)?.Tokens is [{ Value: "regtest" }] ? ChainParameters.Regtest : null);
        if (chain is { DnsSeeds.IsEmpty: true } && result.GetResult(DataDirectory) is null && !_groups.Any(group => group.NamesPeers(result)))
        {
            result.AddError(
                Invariant($"{chain.Name} has no DNS seeds, so there are no peers to connect to: ") +
                Invariant($"add --connect 127.0.0.1, --add-peer 127.0.0.1, --seed-node 127.0.0.1 or --listen 127.0.0.1:{chain.DefaultPort}, or the --data-dir of an earlier run."));
        }
    }
}
