using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>Gets the word of an option or argument from the command line.</summary>
internal static class OptionToken
{
    /// <summary>Gets the only word; empty when there is none.</summary>
    public static string Get(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : string.Empty;
}
