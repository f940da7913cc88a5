using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>connmgr addresses</c>: shows and fills the address book of a run, or its file when none runs.</summary>
internal sealed class AddressesCommand(ToolEnvironment environment)
{
    private readonly DataDirectoryOption _dataDirectory = DataDirectoryOption.ForSubcommands();
    private readonly FlagOption _json = FlagOption.Json();

    private readonly NetworkOption _network = NetworkOption.ForSubcommands();

    private readonly AddressNetworksOption _onlyNet = new();
    private readonly ChoiceOption _table = new("--table", ["new", "tried"], "Only addresses never connected to (new), or only those connected to before (tried).");

    public Command Build() => new DocumentedCommand(
        "addresses",
        "Shows and fills the address book of a data directory: that of the connmgr run which uses it or, without a run, its file.",
        "connmgr addresses --data-dir ~/.connmgr stats",
        "connmgr addresses --data-dir ~/.connmgr list --only-net onion --table tried",
        "connmgr addresses --data-dir ~/.connmgr quarantine",
        "connmgr addresses --data-dir ~/.connmgr import ~/.bitcoin/peers.dat",
        "connmgr addresses --data-dir ~/.connmgr export peers.txt",
        "connmgr addresses --data-dir ~/.connmgr list --json | jq -r .address")
    {
        _dataDirectory, _network, _network.Chain, _json, List(), Stats(), Quarantine(), Release(), Import(), Export(),
    };

    private DocumentedCommand List()
    {
        var command = new DocumentedCommand(
            "list",
            "Lists the addresses: the tried ones first, then the most recently seen.",
            "connmgr addresses --data-dir ~/.connmgr list --only-net ipv6 --only-net cjdns")
        {
            _onlyNet, _table,
        };
        SetAction(command, async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, DataAccess.Read, cancellationToken).ConfigureAwait(false);
            await Output(parsed).ListAsync(session.Actions.ListAsync(Filter(parsed), cancellationToken)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Stats()
    {
        var command = new DocumentedCommand("stats", "Counts the addresses by network and table, and those in quarantine.");
        SetAction(command, async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, DataAccess.Read, cancellationToken).ConfigureAwait(false);
            await Output(parsed).StatsAsync(session.Actions.StatsAsync(cancellationToken)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Quarantine()
    {
        var command = new DocumentedCommand(
            "quarantine", "Lists the addresses that rest because their peers left early, timed out or lacked services that they promised.");
        SetAction(command, async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, DataAccess.Read, cancellationToken).ConfigureAwait(false);
            await Output(parsed).QuarantineAsync(session.Actions.ListQuarantineAsync(cancellationToken)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Release()
    {
        var address = new Argument<string>("address") { Description = "HOST:PORT, HOST for every port there, or all.", HelpName = "ADDRESS" };
        address.Validators.Add(result =>
        {
            if (new ReleaseArguments(OptionToken.Get(result)).Parse() is null)
                result.AddError($"'{OptionToken.Get(result)}' is not an ADDRESS: use an IP address, with or without a port, an onion or I2P address, or {ReleaseArguments.All}.");
        });
        var command = new DocumentedCommand(
            "release",
            "Releases addresses from quarantine, so that they may be dialled at once, and forgets what counts against them.",
            "connmgr addresses --data-dir ~/.connmgr release 192.0.2.7",
            "connmgr addresses --data-dir ~/.connmgr release all")
        {
            address,
        };
        SetAction(command, async (parsed, cancellationToken) =>
        {
            using var session = await OpenAsync(parsed, DataAccess.Write, cancellationToken).ConfigureAwait(false);
            var released = await session.Actions.ReleaseAsync(new ReleaseArguments(parsed.GetValue(address)!), cancellationToken)
                .ToListAsync(cancellationToken).ConfigureAwait(false);
            await session.SaveAsync(cancellationToken).ConfigureAwait(false);
            foreach (var item in released)
                await Output(parsed).ReleasedAsync(item).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Import()
    {
        var file = new FileArgument("A peers.dat of Bitcoin Core, or a text with one HOST[:PORT] per line and comments after '#'.");
        var command = new DocumentedCommand(
            "import",
            "Adds the addresses of a file to the book.",
            "connmgr addresses --data-dir ~/.connmgr import ~/.bitcoin/peers.dat",
            "connmgr addresses --data-dir ~/.connmgr --network signet import peers.txt     # creates the book")
        {
            file,
        };
        SetAction(command, async (parsed, cancellationToken) =>
        {
            var arguments = new ImportArguments(file.FullPath(parsed));
            using var session = await OpenAsync(parsed, DataAccess.Create, cancellationToken, arguments.File).ConfigureAwait(false);
            var item = await session.Actions.ImportAsync(arguments, cancellationToken).ConfigureAwait(false);
            await session.SaveAsync(cancellationToken).ConfigureAwait(false);
            await Output(parsed).ImportAsync(item).ConfigureAwait(false);
            return item is { Added: 0, Known: 0 } && item.Refused + item.Invalid > 0 ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    private DocumentedCommand Export()
    {
        var file = new FileArgument("The file to write. An existing file is replaced.");
        var format = new ChoiceOption(
            "--format", [AddressFile.PeersDat, AddressFile.Text], "peers.dat (as in Bitcoin Core) or text (one HOST:PORT per line). Default: peers.dat for a FILE ending in .dat, else text.");
        var command = new DocumentedCommand(
            "export",
            "Writes the addresses to a file.",
            "connmgr addresses --data-dir ~/.connmgr export ~/.bitcoin/peers.dat           # while bitcoind is stopped",
            "connmgr addresses --data-dir ~/.connmgr export tried.txt --table tried")
        {
            file, format, _onlyNet, _table,
        };
        command.Validators.Add(result =>
        {
            // GetValue throws for a value that can't be parsed.
            var (path, named) = (result.GetResult(file)?.Tokens.SingleOrDefault()?.Value, result.GetResult(format)?.Tokens.SingleOrDefault()?.Value);
            if (GetFormat(path, named) is AddressFile.PeersDat
                && (result.GetResult(_onlyNet) is not null || result.GetResult(_table) is not null))
            {
                result.AddError("a peers.dat contains the whole book: leave --only-net and --table out, or add --format text.");
            }
        });
        SetAction(command, async (parsed, cancellationToken) =>
        {
            var path = file.FullPath(parsed);
            using var session = await OpenAsync(parsed, DataAccess.Read, cancellationToken).ConfigureAwait(false);
            var arguments = new ExportArguments(path, GetFormat(path, parsed.GetValue(format)), Filter(parsed));
            var item = await session.Actions.ExportAsync(arguments, cancellationToken).ConfigureAwait(false);
            await new AddressesOutput(file.ReceiptOutput(parsed, environment), parsed.GetValue(_json)).ExportAsync(item).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static string GetFormat(string? file, string? format) =>
        format ?? (Path.GetExtension(file) is ".dat" ? AddressFile.PeersDat : AddressFile.Text);

    private AddressFilter Filter(ParseResult parsed) => new(parsed.GetValue(_onlyNet), parsed.GetValue(_table));

    private AddressesOutput Output(ParseResult parsed) => new(environment.Out, parsed.GetValue(_json));

    private void SetAction(Command command, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        _dataDirectory.RequireIn(command);
        command.SetAction(action);
    }

    private Task<DataSession<IAddressActions>> OpenAsync(
        ParseResult parsed, DataAccess access, CancellationToken cancellationToken, string? import = null)
    {
        var target = new DataTarget(parsed.GetValue(_dataDirectory)!, _network.Chain.GetNamed(parsed));
        return DataSession<IAddressActions>.OpenAsync(target, access, new AddressDataSource(environment, import), environment, cancellationToken);
    }
}
