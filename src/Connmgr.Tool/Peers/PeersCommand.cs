using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>connmgr peers</c>: shows and changes the peers of a run.</summary>
internal sealed class PeersCommand(ToolEnvironment environment)
{
    private readonly DataDirectoryOption _dataDirectory = DataDirectoryOption.ForSubcommands();
    private readonly FlagOption _json = FlagOption.Json();

    public Command Build() => new DocumentedCommand(
        "peers",
        "Shows and controls the peers of the connmgr run that uses a data directory.",
        "connmgr run --network mainnet --data-dir ~/.connmgr            # in another terminal",
        "connmgr peers --data-dir ~/.connmgr list",
        "connmgr peers --data-dir ~/.connmgr connect 192.0.2.7 --permanent",
        "connmgr peers --data-dir ~/.connmgr show 12                    # with the reasons of its rating",
        "connmgr peers --data-dir ~/.connmgr disconnect 12              # an id of the list, or an address",
        "connmgr peers --data-dir ~/.connmgr list --json | jq -r 'select(.kind == \"inbound\") | .address'")
    {
        _dataDirectory, _json, List(), Show(), Connect(), Disconnect(), Remove(), SetTarget(), Rotate(), SendPrivately(), Watch(),
    };

    private DocumentedCommand List()
    {
        var command = new DocumentedCommand("list", "Lists the connected peers and the wanted ones.");
        SetAction(command, async (_, run, output, cancellationToken) =>
        {
            await output.ListAsync(run.InvokeAsync(PeerVerbs.List, new NoArguments(), cancellationToken)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Show()
    {
        var peer = CreateSelector();
        var command = new DocumentedCommand(
            "show",
            "Shows all that is known of a peer, and the reasons of its rating.",
            "connmgr peers --data-dir ~/.connmgr show 12")
        {
            peer,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            var selector = PeerSelector.Parse(parsed.GetValue(peer)!, out _)!; // The validator accepted it.
            var found = 0;
            await foreach (var item in run.InvokeAsync(PeerVerbs.List, new NoArguments(), cancellationToken).ConfigureAwait(false))
            {
                if (!selector.Selects(item))
                    continue;
                found++;
                output.Show(item);
            }

            return found > 0 ? ExitCode.Success : throw PeerSelector.NoneFound(selector);
        });
        return command;
    }

    private DocumentedCommand Connect()
    {
        var host = new HostArgument("host", "The peer. The default port is that of the run's network.");
        var permanent = new FlagOption("--permanent", "Keep it connected: retry it, at growing intervals, until it is removed.");
        var command = new DocumentedCommand(
            "connect",
            "Connects to a peer in addition to the automatic ones, and reports the outcome of the first attempt.",
            "connmgr peers --data-dir ~/.connmgr connect 192.0.2.7          # once",
            "connmgr peers --data-dir ~/.connmgr connect node.example.org:8333 --permanent")
        {
            host, permanent,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            var arguments = new ConnectArguments(parsed.GetValue(host)!.ToString(), parsed.GetValue(permanent));
            var item = await run.InvokeOneAsync(PeerVerbs.Connect, arguments, cancellationToken).ConfigureAwait(false);
            output.Connect(item);
            return item.Connected || arguments.Permanent ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private DocumentedCommand Disconnect() => End(
        PeerVerbs.Disconnect,
        "disconnect",
        "disconnected",
        "Ends the connection of a peer. An automatic peer is replaced, a permanent one is dialled again.");

    private DocumentedCommand Remove() => End(
        PeerVerbs.Remove,
        "remove",
        "removed",
        "Removes a peer: ends its connection and, if it is permanent, stops dialling it.");

    private DocumentedCommand End(ControlVerb<PeerArguments, PeerItem> verb, string name, string done, string description)
    {
        var peer = CreateSelector();
        var command = new DocumentedCommand(
            name,
            description,
            $"connmgr peers --data-dir ~/.connmgr {name} 12",
            $"connmgr peers --data-dir ~/.connmgr {name} 192.0.2.7:8333")
        {
            peer,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            await foreach (var item in run.InvokeAsync(verb, new PeerArguments(parsed.GetValue(peer)!), cancellationToken).ConfigureAwait(false))
                output.Ended(item, done);
            return ExitCode.Success;
        });
        return command;
    }

    private static Argument<string> CreateSelector()
    {
        var peer = new Argument<string>("peer")
        {
            Description = "An id of 'peers list', HOST:PORT, or HOST for every peer there.",
            HelpName = "ID-OR-ADDRESS",
        };
        peer.Validators.Add(result =>
        {
            if (PeerSelector.Parse(OptionToken.Get(result), out var error) is null)
                result.AddError($"'{OptionToken.Get(result)}' is not an ID-OR-ADDRESS: {error}.");
        });
        return peer;
    }

    private DocumentedCommand Rotate()
    {
        var group = new Option<string?>("--group") { Description = "The group of the peers (default: the only one).", HelpName = "NAME" };
        var count = new WholeNumberOption("--count", RunOptions.MaxTarget, "The number of peers to replace (default 1).", min: 1);
        var timeout = new SecondsOption(
            "--timeout", TimeSpan.FromSeconds(RotateArguments.MaxSeconds), example: 60, "Give up when it takes longer (default 120).");
        var command = new DocumentedCommand(
            "rotate",
            "Replaces the peers with the lowest rating by new ones, which are connected first.",
            "connmgr peers --data-dir ~/.connmgr rotate --count 2",
            "connmgr peers --data-dir ~/.connmgr rotate --group filters --timeout 300")
        {
            group, count, timeout,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            var seconds = parsed.GetValue(timeout)?.TotalSeconds ?? RotateArguments.DefaultSeconds;
            var arguments = new RotateArguments(parsed.GetValue(group), parsed.GetValue(count) ?? 1, seconds);
            var item = await run.InvokeOneAsync(PeerVerbs.Rotate, arguments, cancellationToken).ConfigureAwait(false);
            output.Rotated(item);
            return item.Replaced == item.Asked ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private DocumentedCommand SendPrivately()
    {
        var file = new FileArgument("The file with the transaction, in hexadecimal digits.");
        var timeout = new SecondsOption(
            "--timeout", TimeSpan.FromSeconds(RotateArguments.MaxSeconds), example: 600, "Give up when it has not returned from the network by then (default 3600).");
        var command = new DocumentedCommand(
            "send-privately",
            "Sends a transaction through Tor or I2P, so that no peer learns that it comes from this run.",
            "connmgr run --data-dir ~/.connmgr --proxy 127.0.0.1:9050 --relay on   # in another terminal",
            "connmgr peers --data-dir ~/.connmgr send-privately signed.hex")
        {
            file, timeout,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            var arguments = new BroadcastArguments(file.FullPath(parsed), parsed.GetValue(timeout)?.TotalSeconds ?? BroadcastArguments.DefaultSeconds);
            var item = await run.InvokeOneAsync(PeerVerbs.Broadcast, arguments, cancellationToken).ConfigureAwait(false);
            output.Sent(item);
            return item.Returned || item.Recipients > 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private DocumentedCommand SetTarget()
    {
        var target = new WholeNumberArgument("n", RunOptions.MaxTarget, "The number of automatic peers to find and keep connected.");
        var command = new DocumentedCommand(
            "set-target",
            "Changes the number of automatic peers. If there are more, the youngest are disconnected.",
            "connmgr peers --data-dir ~/.connmgr set-target 16")
        {
            target,
        };
        SetAction(command, async (parsed, run, output, cancellationToken) =>
        {
            var arguments = new TargetArguments(parsed.GetValue(target)!.Value);
            output.Target(await run.InvokeOneAsync(PeerVerbs.SetTarget, arguments, cancellationToken).ConfigureAwait(false));
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Watch()
    {
        var command = new DocumentedCommand(
            "watch",
            "Writes the state of the run and then its events, in the form of 'run --json', until it is interrupted or the run ends.",
            "connmgr peers --data-dir ~/.connmgr watch | jq -c 'select(.event == \"disconnected\")'");
        SetAction(command, async (_, run, output, cancellationToken) =>
        {
            try
            {
                await foreach (var happened in run.InvokeAsync(PeerVerbs.Watch, new NoArguments(), cancellationToken).ConfigureAwait(false))
                    output.Event(happened);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C is the usual end.
            }

            return ExitCode.Success;
        });
        return command;
    }

    private void SetAction(Command command, Func<ParseResult, ControlClient, PeersOutput, CancellationToken, Task<int>> action)
    {
        _dataDirectory.RequireIn(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var run = await ControlClient.OpenRunAsync(parsed.GetValue(_dataDirectory)!, environment.TimeProvider, cancellationToken)
                .ConfigureAwait(false);
            return await action(parsed, run, new PeersOutput(environment.Out, parsed.GetValue(_json)), cancellationToken).ConfigureAwait(false);
        });
    }
}
