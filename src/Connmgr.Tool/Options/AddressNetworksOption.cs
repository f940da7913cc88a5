using System.CommandLine;

namespace Connmgr.Tool;

/// <summary><c>--only-net</c>: addresses of these networks alone. The name is Bitcoin Core's; <c>--network</c> names a chain everywhere.</summary>
internal sealed class AddressNetworksOption : Option<string[]?>
{
    public AddressNetworksOption()
        : base("--only-net")
    {
        var names = AddressNetworkName.All.Select(known => known.Name).ToArray();
        var choices = $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
        Description = $"Only addresses of this network: {choices}. May be given several times.";
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
