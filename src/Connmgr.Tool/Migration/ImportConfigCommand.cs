using System.Collections.Frozen;
using System.CommandLine;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool;

/// <summary><c>connmgr import-config</c>: writes the configuration file of a run from that of Bitcoin Core.</summary>
internal sealed class ImportConfigCommand(ToolEnvironment environment)
{
    private const int MaxLength = 1 << 20;
    private const int MaxIncluded = 32;

    private readonly FileArgument _file = new("The file to read: a bitcoin.conf.");

    private readonly PathOption _out = PathOption.OfFile(
        "--out",
        "The file to write, which must not exist (default: standard output). A Tor password goes to FILE.tor-password, for its owner alone.",
        "connmgr.toml");

    public Command Build()
    {
        var command = new DocumentedCommand(
            "import-config",
            "Writes a configuration file for connmgr run from one of Bitcoin Core, and lists the settings without a counterpart.",
            "connmgr import-config ~/.bitcoin/bitcoin.conf --out connmgr.toml",
            "connmgr run --config connmgr.toml --print-config               # checks it")
        {
            _file, _out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (path, output) = (parsed.GetValue(_file)!, parsed.GetValue(_out));
        var target = output is null ? null : Path.GetFullPath(output);
        var password = target is null ? null : $"{target}.tor-password";
        foreach (var existing in new[] { target, password }.Where(File.Exists))
            throw new ToolException($"'{existing}' exists: give another --out, or remove the file.");

        var main = await ReadAsync(path, _file.FullPath(parsed), included: 0, cancellationToken).ConfigureAwait(false);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? string.Empty;
        var file = await IncludeAsync(main, directory, cancellationToken).ConfigureAwait(false);
        if (!file.Errors.IsEmpty)
            throw new ToolException($"Bitcoin Core would not start with this file. {string.Join(' ', file.Errors)}");
        var import = CoreImport.Create(file, new ImportPlaces(directory, password, Socket.OSSupportsIPv6));
        var text = string.Concat(ImportedText.Format(import, Path.GetFileName(path)).Select(static line => $"{line}\n"));
        if (target is null)
        {
            await environment.Out.WriteAsync(text.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (import.TorPassword is { } secret)
                await WriteAsync(password!, secret + "\n", cancellationToken).ConfigureAwait(false); // First: the configuration names it.
            await WriteAsync(target, text, cancellationToken).ConfigureAwait(false);
        }

        await ReportAsync(import, target, target is null ? environment.Error : environment.Out, cancellationToken).ConfigureAwait(false);
        return ExitCode.Success;
    }

    /// <summary>Reads the files that a file includes for its network, as Bitcoin Core does. Those that it includes for other networks are not read.</summary>
    private static async Task<CoreFile> IncludeAsync(CoreFile file, string directory, CancellationToken cancellationToken)
    {
        if (!file.Errors.IsEmpty)
            return file;
        var network = CoreImport.ChooseNetwork(file);
        var folder = new CoreSettings(file, network).Get("datadir") is { Length: > 0 } chosen ? Path.Combine(directory, chosen) : directory;
        var names = file.GetIncluded(network.Section).ToList();
        if (names.Count > MaxIncluded)
            throw new ToolException(Invariant($"the file includes {names.Count} others: at most {MaxIncluded} are read."));
        var included = new List<CoreFile>();
        foreach (var name in names)
            included.Add(await ReadAsync(name, Path.Combine(folder, name), included.Count + 1, cancellationToken).ConfigureAwait(false));
        return file.With(included);
    }

    private static async Task<CoreFile> ReadAsync(string path, string fullPath, int included, CancellationToken cancellationToken)
    {
        try
        {
            var text = await TextFile.ReadAsync(fullPath, MaxLength, cancellationToken).ConfigureAwait(false);
            return text.IsBinary ? throw new ToolException($"'{path}' is not a text.") : CoreFile.Parse(text.ToString(), path, included);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{path}': {exception.Message}", exception);
        }
    }

    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        try
        {
            await NamedFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), OwnerOnlyFile.Mode, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't write '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Lists what was not imported, and what a run would complain of, for each network.</summary>
    private static async Task ReportAsync(CoreImport import, string? target, TextWriter output, CancellationToken cancellationToken)
    {
        if (target is not null)
            await output.WriteLineAsync($"wrote {target} for {string.Join(", ", import.Networks.Select(static network => Names.Get(network.Network)))}").ConfigureAwait(false);
        if (!import.Notes.IsEmpty)
            await output.WriteLineAsync("not imported, or not as they are:").ConfigureAwait(false);
        foreach (var note in import.Notes)
            await output.WriteLineAsync($"  {ImportedText.Format(note)}").ConfigureAwait(false);
        foreach (var network in import.Networks)
        {
            var chosen = new Setting("--network", [Names.Get(network.Network)], SettingSource.FromCommandLine("--network"));
            try
            {
                await new ConfigurationLoader([chosen, .. network.Settings], file: null, FrozenDictionary<string, string>.Empty).LoadAsync(new RunOptionSet(), cancellationToken).ConfigureAwait(false);
            }
            catch (UsageException exception)
            {
                foreach (var message in exception.Messages)
                    await output.WriteLineAsync($"a run on {Names.Get(network.Network)} does not start yet: {SafeText.Line(message, maxLength: 512)}").ConfigureAwait(false);
            }
        }
    }
}
