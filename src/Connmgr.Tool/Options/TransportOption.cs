using System.Collections.Immutable;
using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--transport</c>: a policy for the transport of connections, and policies of single networks.</summary>
internal sealed class TransportOption : Option<TransportChoice?>
{
    private static readonly ImmutableArray<(string Word, TransportPolicy Policy)> Words =
        [("prefer-v2", TransportPolicy.PreferV2), ("v1-only", TransportPolicy.V1Only), ("v2-only", TransportPolicy.V2Only)];

    private static readonly string Choices = string.Join(" or ", Words.Select(static each => each.Word));

    public TransportOption()
        : base("--transport")
    {
        Description = "Encrypt connections (BIP324, v2) where the peer can (prefer-v2, the default), never (v1-only), or refuse all others (v2-only); "
            + "for single networks (ipv4, ipv6, onion, i2p, cjdns) otherwise, for example v2-only,onion=prefer-v2.";
        HelpName = "POLICY[,NET=POLICY]";
        CompletionSources.Add([.. Words.Select(static each => each.Word), "v2-only,onion=prefer-v2"]);
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (Parse(text, out var error) is { } choice)
                return choice;
            result.AddError($"{Name} is '{text}': {error}.");
            return null;
        };
    }

    private static TransportChoice? Parse(string text, out string error)
    {
        error = string.Empty;
        TransportPolicy? all = null;
        var networks = ImmutableDictionary<AddressNetwork, TransportPolicy>.Empty;
        foreach (var part in text.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var network = AddressNetworkTable.All.FirstOrDefault(each => equals >= 0 && part.AsSpan(0, equals).SequenceEqual(each.Word));
            if (equals >= 0 && network.Word is null)
                error = $"'{part[..equals]}' is no network: use {string.Join(", ", AddressNetworkTable.All.Select(static each => each.Word))}";
            else if (Words.FirstOrDefault(each => part.AsSpan(equals + 1).SequenceEqual(each.Word)) is not { Word: not null } word)
                error = $"use {Choices}, and for single networks NET=POLICY after a comma, such as v2-only,onion=prefer-v2";
            else if (equals < 0 ? all is not null : networks.ContainsKey(network.Network))
                error = $"it has two policies for {(equals < 0 ? "all networks" : network.Word)}: leave one out";
            else if (equals < 0)
                all = word.Policy;
            else
                networks = networks.Add(network.Network, word.Policy);
            if (error.Length > 0)
                return null;
        }

        return new(all ?? TransportPolicy.PreferV2, networks);
    }
}

/// <summary>The value of <c>--transport</c>. Immutable.</summary>
/// <param name="Policy">The policy of all other networks.</param>
/// <param name="ByNetwork">The policies of single networks.</param>
internal sealed record TransportChoice(TransportPolicy Policy, ImmutableDictionary<AddressNetwork, TransportPolicy> ByNetwork)
{
    /// <summary>The default.</summary>
    public static TransportChoice Default { get; } = new(TransportPolicy.PreferV2, ImmutableDictionary<AddressNetwork, TransportPolicy>.Empty);
}
