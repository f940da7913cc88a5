using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary><c>connmgr doctor</c>: checks all that a run with the same options needs, and gives the remedy for what is wrong.</summary>
internal sealed class DoctorCommand(ToolEnvironment environment)
{
    private const int DefaultWait = 30;

    private readonly RunOptionSet _options = new();

    private readonly PathOption _config = PathOption.OfFile(
        "--config",
        $"A file with settings, as for connmgr run (default: {ConfigurationFile.DefaultName} in --data-dir, if it exists).",
        "/etc/connmgr/connmgr.toml");

    private readonly SecondsOption _wait = new("--wait", TimeSpan.FromMinutes(10), DefaultWait, $"The time for peers to connect (default {DefaultWait}).");

    private readonly FlagOption _offline = new("--offline", "Look up no seed and dial no peer, whatever network is named.");

    public Command Build()
    {
        var command = new DocumentedCommand(
            "doctor",
            "Checks what a run with the same options needs. Only with --network or --chain on the command line, seeds and peers are asked too.",
            "connmgr doctor                                                 # this machine",
            "connmgr doctor --network mainnet --offline --listen 0.0.0.0:8333 --port-map auto --data-dir ~/.connmgr",
            "connmgr doctor --network mainnet --offline --tor-control 127.0.0.1:9051 --i2p-sam 127.0.0.1:7656",
            "connmgr doctor --network mainnet                               # looks up its seeds, and connects to four peers",
            "connmgr doctor --config /etc/connmgr/connmgr.toml --json       # for scripts: the exit code is 1 if there is a problem")
        {
            Groups = [.. _options.Groups, ("Checks", [_config, _offline, _wait])],
        };
        foreach (var option in (IEnumerable<Option>)[.. _options.All, _config, _offline, _wait])
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var commandLine = ConfigurationLoader.FromCommandLine(_options.All, parsed);
        var isJson = commandLine.Any(static setting => setting is { Option: "--json", Values: ["true"] });
        var checks = new List<DoctorCheck>();
        await foreach (var check in CheckAsync(commandLine, parsed, cancellationToken).ConfigureAwait(false))
        {
            checks.Add(check);
            if (!isJson)
                await environment.Out.WriteAsync(Format(check).AsMemory(), cancellationToken).ConfigureAwait(false);
        }

        var report = DoctorReport.From(checks);
        var end = isJson
            ? JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport)
            : Invariant($"{report.Problems} {(report.Problems == 1 ? "problem" : "problems")}, {report.Warnings} {(report.Warnings == 1 ? "warning" : "warnings")}");
        await environment.Out.WriteLineAsync(end.AsMemory(), cancellationToken).ConfigureAwait(false);
        return report.Problems == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private async IAsyncEnumerable<DoctorCheck> CheckAsync(
        ImmutableArray<Setting> commandLine, ParseResult parsed, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (configuration, problems) = await LoadAsync(commandLine, parsed, cancellationToken).ConfigureAwait(false);
        foreach (var problem in problems)
            yield return problem;
        if (configuration is null)
            yield break;
        var isAsked = !parsed.GetValue(_offline) && commandLine.Any(static setting => setting.Option is "--network" or "--chain");
        var wait = parsed.GetValue(_wait) ?? TimeSpan.FromSeconds(DefaultWait);
        await foreach (var check in new Doctor(configuration.Options, isAsked, wait, environment).CheckAsync(cancellationToken).ConfigureAwait(false))
            yield return check;
    }

    private async Task<(Configuration<RunOptions>? Configuration, ImmutableArray<DoctorCheck> Problems)> LoadAsync(
        ImmutableArray<Setting> commandLine, ParseResult parsed, CancellationToken cancellationToken)
    {
        const string name = "configuration";
        try
        {
            var configuration = await new ConfigurationLoader(commandLine, parsed.GetValue(_config), environment.Variables).LoadAsync(new RunOptionSet(), cancellationToken).ConfigureAwait(false);
            var source = configuration.File is { } file ? $"{file} is valid." : "The options are valid; there is no file.";
            return (configuration, [new(name, CheckStatus.Ok, source)]);
        }
        catch (UsageException exception)
        {
            return (null, [.. exception.Messages.Select(message => new DoctorCheck(name, CheckStatus.Problem, SafeText.Line(message, SafeText.MaxNoticeLength), "Correct it: nothing else was checked."))]);
        }
        catch (ToolException exception)
        {
            return (null, [new(name, CheckStatus.Problem, SafeText.Line(exception.Message, SafeText.MaxNoticeLength), "Correct it: nothing else was checked.")]);
        }
    }

    private static string Format(DoctorCheck check) =>
        $"{Names.Get(check.Status),-8} {check.Name,-15} {check.Message}\n{(check.Remedy is { } remedy ? $"{string.Empty,-24} {remedy}\n" : string.Empty)}";
}
