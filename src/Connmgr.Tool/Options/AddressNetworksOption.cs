using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--only-net</c>: addresses of these networks alone. The name is Bitcoin Core's; <c>--network</c> names a chain everywhere.</summary>
internal sealed class AddressNetworksOption : Option<string[]?>
{
    /// <param name="what">What is of one of these networks, for the help: how the sentence begins.</param>
    /// <param name="otherwise">What holds without it, for the help.</param>
    public AddressNetworksOption(string what = "Only addresses", string? otherwise = null)
        : base("--only-net")
    {
        var names = AddressNetworkName.All.Select(known => known.Name).ToArray();
        var choices = $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
        Description = $"{what} of this network: {choices}. May be given several times{(otherwise is null ? null : $" (default: {otherwise})")}.";
        HelpName = "NET";
        CompletionSources.Add(names);
        CustomParser = result =>
        {
            foreach (var token in result.Tokens.Where(token => AddressNetworkName.Parse(token.Value) == AddressNetworks.None))
                result.AddError($"--only-net is '{token.Value}': use {choices}.");
            return [.. result.Tokens.Select(token => token.Value)];
        };
    }
}
