using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>
/// <c>connmgr crawl</c>: visits all nodes of a network. As for a run, the command line is only one source of its options, so combinations of
/// options are validated once all sources are loaded.
/// </summary>
internal sealed class CrawlCommand(ToolEnvironment environment)
{
    private readonly CrawlOptionSet _options = new();

    private readonly PathOption _config = PathOption.OfFile(
        "--config",
        $"A file with settings, in TOML: 'concurrency = 200' for --concurrency 200 (default: {ConfigurationFile.DefaultName} in --out, if it exists).",
        "/etc/connmgr/crawl.toml");

    private readonly FlagOption _printConfig = new("--print-config", "Print the settings as such a file, each with its source, and exit.");

    public Command Build()
    {
        var command = new DocumentedCommand(
            "crawl",
            "Visits all nodes of a network, round after round: each address that is known, and each that a node tells.",
            "connmgr crawl --once                                            # in memory: no internet, no setup",
            "connmgr crawl --network mainnet --out ~/crawl                   # Bitcoin; continues where it stopped",
            "connmgr crawl --network mainnet --redis 127.0.0.1:6379 --out ~/crawl2   # together with other processes",
            "connmgr crawl --network mainnet --dashboard 127.0.0.1:8330      # watch it in a browser",
            "connmgr crawl --network mainnet --proxy 127.0.0.1:9050=onion --i2p-sam 127.0.0.1:7656",
            "connmgr crawl --config /etc/connmgr/crawl.toml                  # settings from a file",
            "connmgr crawl --once --json | jq -r 'select(.reached) | .address'")
        {
            Groups = [.. _options.Groups, ("Settings", [_config, _printConfig])],
        };
        command.Add(new CrawlReportCommand(environment).Build());
        foreach (var option in (IEnumerable<Option>)[.. _options.All, _config, _printConfig])
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var loader = new ConfigurationLoader(ConfigurationLoader.FromCommandLine(_options.All, parsed), parsed.GetValue(_config), environment.Variables);
        var configuration = await loader.LoadAsync(new CrawlOptionSet(), cancellationToken).ConfigureAwait(false);
        if (!parsed.GetValue(_printConfig))
            return await new CrawlSession(configuration.Options, environment).RunAsync(cancellationToken).ConfigureAwait(false);
        foreach (var line in ConfigurationText.Format(configuration))
            await environment.Out.WriteLineAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
        return ExitCode.Success;
    }
}
