using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary><c>connmgr run</c>: its options, and what is wrong with them.</summary>
internal sealed class RunCommand(ToolEnvironment environment)
{
    private const int MaxTarget = 10_000;
    private const int MaxMaxInbound = 100_000;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);

    private readonly Option<NetworkName> _network = new("--network")
    {
        Description = "The network: sandbox (the default: in memory, needs no internet), regtest, signet, testnet4 or mainnet.",
        HelpName = "NAME",
        CustomParser = ParseNetwork,
    };

    private readonly Option<int?> _target = new("--target")
    {
        Description = "How many peers to find and keep connected (default 8; 0 with --connect).",
        HelpName = "N",
        CustomParser = result => ParseWhole(result, "--target", MaxTarget),
    };

    private readonly Option<HostPort[]> _connect = new("--connect")
    {
        Description = "Keep this peer connected, and no automatic ones. May be given several times.",
        HelpName = "HOST[:PORT]",
        CustomParser = result => ParseHosts(result, "--connect", isListener: false),
    };

    private readonly Option<HostPort[]> _addPeer = new("--add-peer")
    {
        Description = "Keep this peer connected, beside the automatic ones. May be given several times.",
        HelpName = "HOST[:PORT]",
        CustomParser = result => ParseHosts(result, "--add-peer", isListener: false),
    };

    private readonly Option<HostPort[]> _listen = new("--listen")
    {
        Description = "Accept peers at this local address; port 0 lets the system choose. May be given several times.",
        HelpName = "HOST:PORT",
        CustomParser = result => ParseHosts(result, "--listen", isListener: true),
    };

    private readonly Option<int?> _maxInbound = new("--max-inbound")
    {
        Description = "The most inbound peers at one time (default 117).",
        HelpName = "N",
        CustomParser = result => ParseWhole(result, "--max-inbound", MaxMaxInbound),
    };

    private readonly Option<string?> _dataDirectory = new("--data-dir")
    {
        Description = "A directory of this run's own, made when it is not there; two runs can't share one.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _untilFull = new("--until-full")
    {
        Description = "End once the target and all permanent peers are connected.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        Description = "With --until-full: fail when that takes longer, and say what was missing.",
        HelpName = "SECONDS",
        CustomParser = ParseTimeout,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Write one JSON object a line to standard output for each event, and nothing else there.",
        Arity = ArgumentArity.Zero,
    };

    public Command Build()
    {
        var command = new Command("run", "Connects to a network and keeps it so: a live view on a terminal, log lines elsewhere.")
        {
            _network, _target, _connect, _addPeer, _listen, _maxInbound, _dataDirectory, _untilFull, _timeout, _json,
        };
        command.Validators.Add(Validate);
        command.SetAction((parsed, cancellationToken) => new RunSession(Options(parsed), environment).RunAsync(cancellationToken));
        return command;
    }

    private RunOptions Options(ParseResult parsed) => new()
    {
        Network = parsed.GetValue(_network),
        Target = parsed.GetValue(_target),
        Connect = [.. parsed.GetValue(_connect) ?? []],
        AddPeers = [.. parsed.GetValue(_addPeer) ?? []],
        Listen = [.. parsed.GetValue(_listen) ?? []],
        MaxInbound = parsed.GetValue(_maxInbound),
        DataDirectory = parsed.GetValue(_dataDirectory),
        UntilFull = parsed.GetValue(_untilFull),
        Timeout = parsed.GetValue(_timeout),
        Json = parsed.GetValue(_json),
    };

    /// <summary>What no option can see alone.</summary>
    private void Validate(CommandResult result)
    {
        if (result.GetResult(_timeout) is not null && !result.GetValue(_untilFull))
            result.AddError("--timeout is of use with --until-full alone: add --until-full, or leave --timeout out.");
        if (result.GetResult(_dataDirectory)?.Tokens is [{ Value: var directory }] && string.IsNullOrWhiteSpace(directory))
            result.AddError("--data-dir is empty: give it a directory, such as --data-dir ~/.connmgr.");
        var isRegtest = result.GetResult(_network)?.Tokens is [{ Value: "regtest" }]; // GetValue throws for a value that did not parse.
        if (isRegtest && result.GetResult(_connect) is null && result.GetResult(_addPeer) is null && result.GetResult(_listen) is null)
        {
            result.AddError(
                "regtest has no DNS seeds, so there is nobody to connect to: " +
                "add --connect 127.0.0.1, --add-peer 127.0.0.1 or --listen 127.0.0.1:18444.");
        }
    }

    private static NetworkName ParseNetwork(ArgumentResult result)
    {
        foreach (var name in Enum.GetValues<NetworkName>())
        {
            if (string.Equals(Names.Of(name), Token(result), StringComparison.Ordinal))
                return name;
        }

        var others = string.Join(", ", Enum.GetValues<NetworkName>().SkipLast(1).Select(Names.Of));
        result.AddError($"--network is '{Token(result)}': use {others} or mainnet.");
        return default;
    }

    private static int? ParseWhole(ArgumentResult result, string option, int max)
    {
        if (int.TryParse(Token(result), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max)
            return value;
        result.AddError($"{option} is '{Token(result)}': use a whole number from 0 to {max}, such as {option} 8.");
        return null;
    }

    private static TimeSpan? ParseTimeout(ArgumentResult result)
    {
        if (double.TryParse(Token(result), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0.001 && seconds <= MaxTimeout.TotalSeconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        result.AddError($"--timeout is '{Token(result)}': use seconds from 0.001 to {MaxTimeout.TotalSeconds:0}, such as --timeout 60.");
        return null;
    }

    private static HostPort[] ParseHosts(ArgumentResult result, string option, bool isListener)
    {
        var hosts = ImmutableArray.CreateBuilder<HostPort>();
        foreach (var token in result.Tokens)
        {
            var host = HostPort.Parse(token.Value, out var error);
            if (host is { Port: null } && isListener)
                error = $"it has no port: write HOST:PORT, such as {host}:8333, or {host}:0 for a port that the system chooses";
            else if (host is { Port: 0 } && !isListener)
                error = "its port is '0': use a number from 1 to 65535, or leave it out for the default of the network";
            if (error is not null)
                result.AddError($"{option} is '{token.Value}': {error}.");
            else if (!hosts.Contains(host!))
                hosts.Add(host!);
        }

        return [.. hosts];
    }

    private static string Token(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : string.Empty;
}
