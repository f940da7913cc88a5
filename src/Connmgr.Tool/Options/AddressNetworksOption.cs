using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--only-net</c>: restricts addresses to some networks. The name is Bitcoin Core's; <c>--network</c> always names a chain.</summary>
internal sealed class AddressNetworksOption : Option<string[]?>
{
    /// <param name="what">The start of the sentence in the help.</param>
    /// <param name="otherwise">The default, for the help.</param>
    public AddressNetworksOption(string what = "Only addresses", string? otherwise = null)
        : base("--only-net")
    {
        var names = AddressNetworkTable.All.Select(known => known.Word).ToArray();
        var choices = $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
        Description = $"{what} of this network: {choices}. May be given several times{(otherwise is null ? null : $" (default: {otherwise})")}.";
        HelpName = "NET";
        CompletionSources.Add(names);
        CustomParser = result =>
        {
            foreach (var token in result.Tokens.Where(token => !names.Contains(token.Value, StringComparer.Ordinal)))
            {
                result.AddError($"--only-net is '{token.Value}': use {choices}.");
            }

            return [.. result.Tokens.Select(token => token.Value)];
        };
    }
}
