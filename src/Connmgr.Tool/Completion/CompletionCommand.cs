using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>connmgr completion</c>: prints a script with which a shell completes the commands and options of this program.</summary>
internal sealed class CompletionCommand(ToolEnvironment environment)
{
    // Each script asks the program itself, by the [suggest] directive of System.CommandLine, so it matches the installed version.
    // The program also suggests words with the typed text in their middle. Bash would take their common prefix for the completion, so compgen filters them.
    private const string Bash = """
        _connmgr() {
            local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$(connmgr "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${word}"))
        }
        complete -o default -F _connmgr connmgr

        """;

    private const string Zsh = """
        #compdef connmgr
        _connmgr() {
            local -a found
            found=("${(@f)$(connmgr "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            [[ -n "${found[*]}" ]] && compadd -a found || _files
        }
        # As a file in $fpath, this is the body of the function at its first call.
        if [[ "${funcstack[1]}" == _connmgr ]]; then _connmgr "$@"; else compdef _connmgr connmgr; fi

        """;

    private const string Fish = """
        complete -c connmgr -a '(connmgr "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'

        """;

    // PowerShell leaves out spaces at the end of the line.
    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName connmgr -ScriptBlock {
            param($word, $line, $cursor)
            $length = [Math]::Max(0, $cursor - $line.Extent.StartOffset)
            connmgr "[suggest:$length]" "$line".PadRight($length) 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }

        """;

    /// <summary>The scripts, by the name of the shell.</summary>
    internal static readonly IReadOnlyList<(string Shell, string Script)> Scripts = [("bash", Bash), ("zsh", Zsh), ("fish", Fish), ("pwsh", PowerShell)];

    public Command Build()
    {
        var shell = new Argument<string>("shell") { Description = "The shell: bash, zsh, fish or pwsh.", HelpName = "SHELL" };
        shell.CompletionSources.Add([.. Scripts.Select(script => script.Shell)]);
        shell.Validators.Add(result =>
        {
            if (GetScript(OptionToken.Get(result)) is null)
                result.AddError($"there are no completions for '{OptionToken.Get(result)}': use bash, zsh, fish or pwsh.");
        });
        var command = new DocumentedCommand(
            "completion",
            "Prints a script with which a shell completes commands and options.",
            "connmgr completion bash > ~/.local/share/bash-completion/completions/connmgr",
            "source <(connmgr completion zsh)                               # in ~/.zshrc, after compinit",
            "connmgr completion fish > ~/.config/fish/completions/connmgr.fish",
            "connmgr completion pwsh | Out-String | Invoke-Expression       # in $PROFILE")
        {
            shell,
        };
        command.SetAction((parsed, cancellationToken) =>
            environment.Out.WriteAsync(GetScript(parsed.GetValue(shell)!).AsMemory(), cancellationToken));
        return command;
    }

    private static string? GetScript(string shell) =>
        Scripts.FirstOrDefault(script => script.Shell.Equals(shell, StringComparison.Ordinal)).Script;
}
