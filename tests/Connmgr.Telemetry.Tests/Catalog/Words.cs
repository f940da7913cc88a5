using System.Text.RegularExpressions;

namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The values that tags made of enums have.</summary>
internal static partial class Words
{
    public static string[] Of<TEnum>(params TEnum[] without)
        where TEnum : struct, Enum => [.. Enum.GetValues<TEnum>().Except(without).Select(static value => Capitals().Replace($"{value}", "_$0").ToLowerInvariant())];

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Capitals();
}
