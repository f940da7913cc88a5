using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>What was written after an option.</summary>
internal static class OptionToken
{
    /// <summary>The one word; empty when there is none.</summary>
    public static string Of(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : string.Empty;
}
