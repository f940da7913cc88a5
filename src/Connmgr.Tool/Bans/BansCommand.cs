using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>connmgr bans</c>: shows and changes the bans of a run, or their file when none runs.</summary>
internal sealed class BansCommand(ToolEnvironment environment)
{
    private readonly DataDirectoryOption _dataDirectory = DataDirectoryOption.ForSubcommands();
    private readonly FlagOption _json = FlagOption.Json();
    private readonly NetworkOption _network = NetworkOption.ForSubcommands();

    public Command Build() => new DocumentedCommand(
        "bans",
        "Shows and changes the bans of a data directory: those of the connmgr run which uses it or, without a run, their file.",
        "connmgr bans --data-dir ~/.connmgr list",
        "connmgr bans --data-dir ~/.connmgr add 192.0.2.0/24 --duration 7d --reason 'floods'",
        "connmgr bans --data-dir ~/.connmgr remove 192.0.2.0/24",
        "connmgr bans --data-dir ~/.connmgr import ~/.bitcoin/banlist.json",
        "connmgr bans --data-dir ~/.connmgr list --json | jq -r .address")
    {
        _dataDirectory, _network, _network.Chain, _json, List(), Add(), Remove(), Clear(), Import(), Export(),
    };

    private DocumentedCommand List()
    {
        var command = new DocumentedCommand("list", "Lists the bans, in Bitcoin Core's order.");
        SetReading(command, (_, actions, output, token) => output.ListAsync(actions.ListAsync(token)));
        return command;
    }

    private DocumentedCommand Add()
    {
        var address = new BanTargetArgument("An address (IPv4, IPv6, .onion, .b32.i2p), a subnet (192.0.2.0/24, 192.0.2.0/255.255.255.0), or AS followed by a number.");
        var duration = new DurationOption("--duration", "The duration: 90s, 30m, 24h (the default), 7d, 4w, forever.");
        var until = new TimeOption("--until", "The end, instead of --duration: 2030-12-31T23:59:00Z, or seconds since 1970.");
        var reason = new Option<string?>("--reason") { Description = "The reason, shown in lists.", HelpName = "TEXT" };
        var command = new DocumentedCommand(
            "add",
            "Bans an address or a subnet. Matching connections of the run end.",
            "connmgr bans --data-dir ~/.connmgr add 192.0.2.7",
            "connmgr bans --data-dir ~/.connmgr add 2001:db8::/32 --until 2030-12-31 --reason 'a bad neighbourhood'",
            "connmgr bans --data-dir ~/.connmgr add AS64496                 # needs a run with an AS map")
        {
            address, duration, until, reason,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(duration) is not null && result.GetResult(until) is not null)
                result.AddError("--duration and --until exclude each other: leave one out.");
        });
        SetChanging(command, DataAccess.Create, async (parsed, actions, output, token) =>
        {
            var arguments = new BanArguments(parsed.GetValue(address)!, parsed.GetValue(duration), parsed.GetValue(until), parsed.GetValue(reason));
            var item = await actions.AddAsync(arguments, token).ConfigureAwait(false);
            return () => SucceedAsync(output.AddAsync(item));
        });
        return command;
    }

    private DocumentedCommand Remove()
    {
        var address = new BanTargetArgument("The target, exactly as listed. Bans of larger and smaller subnets stay.");
        var command = new DocumentedCommand("remove", "Removes a ban.", "connmgr bans --data-dir ~/.connmgr remove 192.0.2.0/24")
        {
            address,
        };
        SetChanging(command, DataAccess.Write, async (parsed, actions, output, token) =>
        {
            var item = await actions.RemoveAsync(new UnbanArguments(parsed.GetValue(address)!), token).ConfigureAwait(false);
            return () => SucceedAsync(output.RemoveAsync(item));
        });
        return command;
    }

    private DocumentedCommand Clear()
    {
        var command = new DocumentedCommand("clear", "Removes all bans.");
        SetChanging(command, DataAccess.Write, async (_, actions, output, token) =>
        {
            var item = await actions.ClearAsync(token).ConfigureAwait(false);
            return () => SucceedAsync(output.ClearAsync(item));
        });
        return command;
    }

    private DocumentedCommand Import()
    {
        var file = new FileArgument("A banlist.json, the output of 'bitcoin-cli listbanned', or a text with one address, subnet or setban command per line.");
        var duration = new DurationOption("--duration", "The duration of bans for which the file has none: 90s, 30m, 24h (the default), 7d, 4w, forever.");
        var command = new DocumentedCommand(
            "import",
            "Adds the bans of a file. A shorter ban never replaces a longer one.",
            "connmgr bans --data-dir ~/.connmgr import ~/.bitcoin/banlist.json",
            "connmgr bans --data-dir ~/.connmgr import blocklist.txt --duration forever     # one subnet per line")
        {
            file, duration,
        };
        SetChanging(command, DataAccess.Create, async (parsed, actions, output, token) =>
        {
            var arguments = new BanImportArguments(file.FullPath(parsed), parsed.GetValue(duration));
            var item = await actions.ImportAsync(arguments, token).ConfigureAwait(false);
            return async () =>
            {
                await output.ImportAsync(item).ConfigureAwait(false);
                return item is { Refused: > 0 } or { Read: 0, Invalid: > 0 } ? ExitCode.Failure : ExitCode.Success;
            };
        });
        return command;
    }

    private DocumentedCommand Export()
    {
        var file = new FileArgument("The file to write. An existing file is replaced.");
        var command = new DocumentedCommand(
            "export",
            "Writes the bans to a file, in Bitcoin Core's format.",
            "connmgr bans --data-dir ~/.connmgr export ~/.bitcoin/banlist.json     # while bitcoind is stopped")
        {
            file,
        };
        SetReading(command, async (parsed, actions, _, token) =>
        {
            var item = await actions.ExportAsync(new BanFileArguments(file.FullPath(parsed)), token).ConfigureAwait(false);
            await new BansOutput(file.ReceiptOutput(parsed, environment), parsed.GetValue(_json)).ExportAsync(item).ConfigureAwait(false);
        });
        return command;
    }

    private void SetReading(Command command, Func<ParseResult, IBanActions, BansOutput, CancellationToken, Task> action)
    {
        _dataDirectory.RequireIn(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, DataAccess.Read, cancellationToken).ConfigureAwait(false);
            await action(parsed, session.Actions, Output(parsed), cancellationToken).ConfigureAwait(false);
            return ExitCode.Success;
        });
    }

    /// <summary>
    /// Sets an action that changes bans. It returns a function that is called once the change is on disk, writes the result and returns the
    /// exit code.
    /// </summary>
    private void SetChanging(
        Command command, DataAccess access, Func<ParseResult, IBanActions, BansOutput, CancellationToken, Task<Func<Task<int>>>> action)
    {
        _dataDirectory.RequireIn(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, access, cancellationToken).ConfigureAwait(false);
            var report = await action(parsed, session.Actions, Output(parsed), cancellationToken).ConfigureAwait(false);
            await session.SaveAsync(cancellationToken).ConfigureAwait(false);
            return await report().ConfigureAwait(false);
        });
    }

    private static async Task<int> SucceedAsync(Task writing)
    {
        await writing.ConfigureAwait(false);
        return ExitCode.Success;
    }

    private BansOutput Output(ParseResult parsed) => new(environment.Out, parsed.GetValue(_json));

    private Task<DataSession<IBanActions>> OpenAsync(ParseResult parsed, DataAccess access, CancellationToken cancellationToken)
    {
        var target = new DataTarget(parsed.GetValue(_dataDirectory)!, _network.Chain.GetNamed(parsed));
        return DataSession<IBanActions>.OpenAsync(target, access, new BanDataSource(environment), environment, cancellationToken);
    }
}
