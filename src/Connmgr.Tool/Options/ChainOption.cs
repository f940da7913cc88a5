using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary><c>--chain</c>, in place of <c>--network</c>, for each command that has that.</summary>
internal sealed class ChainOption : Option<ChainParameters?>
{
    private readonly NetworkOption _network;

    /// <param name="network">The option of the same command that this one excludes.</param>
    public ChainOption(NetworkOption network)
        : base("--chain")
    {
        _network = network;
        Description = "A file that describes another chain, in TOML: name, magic, port, dns-seeds, or the signet-challenge of a custom signet.";
        HelpName = "FILE";
        CustomParser = static result => Load(OptionToken.Get(result), result.AddError);
        Validators.Add(result =>
        {
            if (result.GetResult(_network) is { Implicit: false })
                result.AddError("--chain and --network exclude each other: leave one out.");
        });
    }

    /// <summary>Gets the chain of a command line that may have errors.</summary>
    /// <returns>The chain; null when none was named, or its file is not valid.</returns>
    public ChainParameters? Find(SymbolResult result) => result.GetResult(this)?.Tokens is [{ Value: var path }] ? Find(path) : null;

    /// <summary>Gets the chain of a file.</summary>
    /// <returns>The chain; null when the file is not valid.</returns>
    public static ChainParameters? Find(string path) => Load(path, static _ => { });

    /// <summary>Gets the chain that was named by this option or by <c>--network</c>; null when none was.</summary>
    public ChainParameters? GetNamed(ParseResult parsed) =>
        parsed.GetValue(this) ?? (parsed.GetResult(_network) is null ? null : NetworkWorld.GetChain(parsed.GetValue(_network)));

    private static ChainParameters? Load(string path, Action<string> addError)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            addError("--chain is empty: give it a file, such as --chain litecoin.toml.");
            return null;
        }

        try
        {
            return ChainFile.Load(path);
        }
        catch (ChainFileException exception)
        {
            foreach (var error in exception.Errors)
                addError($"--chain is '{path}': {error}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            addError($"--chain is '{path}', which can't be read: {exception.Message}");
        }

        return null;
    }
}
