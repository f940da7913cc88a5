using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>
/// <c>connmgr run</c>: the options that it shares with other commands, its groups of options, and what none of these can see alone.
/// </summary>
internal sealed class RunCommand(ToolEnvironment environment)
{
    private readonly NetworkOption _network = new();

    private readonly RunOptionGroup[] _groups = [new PeerOptions(), new SourceOptions(), new WayOptions(), new InboundOptions(), new LimitOptions(), new DashboardOptions(), new EndOptions()];

    private readonly DataDirectoryOption _dataDirectory =
        new("A directory of this run's own, made when it is not there; two runs can't share one.");

    private readonly FlagOption _json =
        new("--json", "Write one JSON object a line to standard output for each event, and nothing else there.");

    public Command Build()
    {
        var command = new DocumentedCommand(
            "run",
            "Connects to a network and keeps it so: a live view on a terminal, log lines elsewhere.",
            "connmgr run                                                    # a small network in memory: no internet, no set-up",
            "connmgr run --network mainnet --target 16 --listen 0.0.0.0:8333 --data-dir ~/.connmgr",
            "connmgr run --network regtest --connect 127.0.0.1 --connect 127.0.0.1:18555",
            "connmgr run --network mainnet --proxy 127.0.0.1:9050 --tor-control 127.0.0.1:9051   # through Tor, with an onion address",
            "connmgr run --dashboard 127.0.0.1:8330                         # and see it all in a browser",
            "connmgr run --until-full --timeout 60 --json                   # for scripts");
        foreach (var option in (IEnumerable<Option>)[_network, .. _groups.SelectMany(group => group.Options), _dataDirectory, _json])
            command.Add(option);
        command.Validators.Add(Validate);
        command.SetAction((parsed, cancellationToken) => new RunSession(Options(parsed), environment).RunAsync(cancellationToken));
        return command;
    }

    private RunOptions Options(ParseResult parsed)
    {
        var shared = new RunOptions
        {
            Network = parsed.GetValue(_network),
            DataDirectory = parsed.GetValue(_dataDirectory),
            Json = parsed.GetValue(_json),
        };
        return _groups.Aggregate(shared, (options, group) => group.Apply(options, parsed));
    }

    private void Validate(CommandResult result)
    {
        foreach (var group in _groups)
            group.Validate(result);
        var isRegtest = result.GetResult(_network)?.Tokens is [{ Value: "regtest" }]; // GetValue throws for a value that did not parse.
        if (isRegtest && result.GetResult(_dataDirectory) is null && !_groups.Any(group => group.NamesPeers(result)))
        {
            result.AddError(
                "regtest has no DNS seeds, so there is nobody to connect to: " +
                "add --connect 127.0.0.1, --add-peer 127.0.0.1, --seed-node 127.0.0.1 or --listen 127.0.0.1:18444, or the --data-dir of an earlier run.");
        }
    }
}
