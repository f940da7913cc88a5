using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>
/// <c>connmgr run</c>. The command line is only one source of its options, so combinations of options are validated once all sources are
/// loaded.
/// </summary>
internal sealed class RunCommand(ToolEnvironment environment)
{
    private readonly RunOptionSet _options = new();

    private readonly PathOption _config = PathOption.OfFile(
        "--config",
        $"A file with settings, in TOML: 'target = 16' for --target 16 (default: {ConfigurationFile.DefaultName} in --data-dir, if it exists).",
        "/etc/connmgr/connmgr.toml");

    private readonly FlagOption _printConfig = new("--print-config", "Print the settings as such a file, each with its source, and exit.");

    public Command Build()
    {
        var command = new DocumentedCommand(
            "run",
            "Connects to a network and stays connected. Shows a live view on a terminal, and log lines elsewhere.",
            "connmgr run                                                    # in memory: no internet, no setup",
            "connmgr run --network mainnet --target 16 --listen 0.0.0.0:8333 --data-dir ~/.connmgr",
            "connmgr run --network regtest --connect 127.0.0.1 --connect 127.0.0.1:18555",
            "connmgr run --network mainnet --proxy 127.0.0.1:9050 --tor-control 127.0.0.1:9051   # through Tor, with an onion address",
            "connmgr run --network mainnet --i2p-sam 127.0.0.1:7656         # I2P peers too, with an I2P address",
            "connmgr run --dashboard 127.0.0.1:8330                         # watch it in a browser",
            "connmgr run --config /etc/connmgr/connmgr.toml                 # settings from a file; SIGHUP reloads it",
            "connmgr run --until-full --timeout 60 --json                   # for scripts")
        {
            Groups = [.. _options.Groups, ("Settings", [_config, _printConfig])],
        };
        foreach (var option in (IEnumerable<Option>)[.. _options.All, _config, _printConfig])
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var loader = new ConfigurationLoader(
            ConfigurationLoader.FromCommandLine(_options.All, parsed), parsed.GetValue(_config), environment.Variables);
        var configuration = await loader.LoadAsync(new RunOptionSet(), cancellationToken).ConfigureAwait(false);
        if (!parsed.GetValue(_printConfig))
            return await new RunSession(configuration, loader, environment).RunAsync(cancellationToken).ConfigureAwait(false);
        foreach (var line in ConfigurationText.Format(configuration))
            await environment.Out.WriteLineAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
        return ExitCode.Success;
    }
}
