using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The program without its process: commands, usage errors and exceptions.</summary>
internal sealed class ToolApp(ToolEnvironment environment)
{
    /// <summary>The parser of command lines, without bundles of short options and without response files.</summary>
    internal static readonly ParserConfiguration Parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>The most characters of a message, which may contain a path and a value.</summary>
    private const int MaxMessageLength = 1024;

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        var parsed = BuildRoot().Parse(args, Parser);
        if (parsed.Errors.Count > 0)
            return await UsageErrorAsync(parsed).ConfigureAwait(false);

        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = environment.Out,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            var exitCode = await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
            await environment.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return exitCode;
        }
        catch (IOException exception) when (IsClosedPipe(exception))
        {
            return ExitCode.Success; // The reader has read enough, like head.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The latter when standard output is closed from the start.
            await environment.Error.WriteLineAsync($"connmgr: can't write to standard output: {exception.Message}").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await environment.Error.WriteLineAsync("connmgr: interrupted.").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        catch (UsageException exception)
        {
            await UsageErrorAsync(exception.Command, exception.Messages).ConfigureAwait(false);
            return ExitCode.Usage;
        }
        catch (ToolException exception)
        {
            await environment.Error.WriteLineAsync($"connmgr: {exception.Message}").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        catch (Exception exception)
        {
            var message = $"connmgr: internal error, please report this: {exception}";
            await environment.Error.WriteLineAsync(message).ConfigureAwait(false);
            return ExitCode.Failure;
        }
    }

    /// <summary>Builds the command line: all commands with their options.</summary>
    internal RootCommand BuildRoot()
    {
        var root = new RootCommand("Maintains, shows and controls connections to a Bitcoin network.")
        {
            new RunCommand(environment).Build(),
            new PeersCommand(environment).Build(),
            new CrawlCommand(environment).Build(),
            new SeedCommand(environment).Build(),
            new ResolveCommand(environment).Build(),
            new AddressesCommand(environment).Build(),
            new BansCommand(environment).Build(),
            new DoctorCommand(environment).Build(),
            new ImportConfigCommand(environment).Build(),
            new CompletionCommand(environment).Build(),
        };
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            foreach (var alias in (string[])["-?", "/?", "/h"])
                option.Aliases.Remove(alias); // -h and --help are enough, in particular for completion.
            option.Action = new CommandHelp(environment.Width);
        }

        return root;
    }

    private async Task<int> UsageErrorAsync(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = GetName(parsed.CommandResult);
        var suggestions = parsed.UnmatchedTokens.Select(token => GetAdvice(token, command)).OfType<string>();
        var use = command is RootCommand ? "For example: connmgr run --network sandbox. " : string.Empty;
        await UsageErrorAsync(name, Messages(parsed), suggestions, use).ConfigureAwait(false);
        return ExitCode.Usage;
    }

    /// <summary>Gets advice about a word that is not known: an option of Bitcoin Core, or a misspelt one.</summary>
    private static string? GetAdvice(string token, Command command)
    {
        if (command.Name is "run" && token.StartsWith('-') && CoreOptions.FindHint(token) is { } hint)
            return SafeText.Line($"{hint}.");
        return Suggestion.For(token, command) is { } near ? $"Did you mean {near}?" : null;
    }

    private async Task UsageErrorAsync(string name, IEnumerable<string> messages, IEnumerable<string>? suggestions = null, string use = "")
    {
        foreach (var message in messages.Distinct(StringComparer.Ordinal))
            await environment.Error.WriteLineAsync($"{name}: {SafeText.Line(message, MaxMessageLength)}").ConfigureAwait(false);
        foreach (var suggestion in suggestions ?? [])
            await environment.Error.WriteLineAsync(suggestion).ConfigureAwait(false);
        await environment.Error.WriteLineAsync($"{use}'{name} --help' lists the commands and options.").ConfigureAwait(false);
    }

    /// <summary>Determines whether an exception is EPIPE, ERROR_BROKEN_PIPE or ERROR_NO_DATA.</summary>
    private static bool IsClosedPipe(IOException exception) =>
        exception.HResult is 32 or unchecked((int)0x8007006D) or unchecked((int)0x800700E8);

    /// <summary>Gets the name of a command, after those of its parents.</summary>
    private static string GetName(CommandResult result) => result.Command is RootCommand
        ? "connmgr"
        : $"{(result.Parent is CommandResult parent ? GetName(parent) : "connmgr")} {result.Command.Name}";

    private static IEnumerable<string> Messages(ParseResult parsed)
    {
        var subcommands = parsed.CommandResult.Command.Subcommands;
        if (subcommands.Count == 0 || parsed.CommandResult.Command.Action is not null)
            return parsed.Errors.Select(error => error.Message);
        return parsed.UnmatchedTokens.Count > 0
            ? parsed.UnmatchedTokens.Select(token => $"there is no '{token}'.")
            : [$"no command: add one of {string.Join(", ", subcommands.Select(command => command.Name))}."];
    }
}

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command failed; standard error has the reason.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration is not valid; standard error has the remedy.</summary>
    public const int Usage = 2;
}
