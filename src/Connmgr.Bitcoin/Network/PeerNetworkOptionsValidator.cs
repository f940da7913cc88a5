using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>Checks the options of a network, those nested in them included, all at once.</summary>
internal static class PeerNetworkOptionsValidator
{
    /// <summary>Throws when anything is wrong.</summary>
    /// <exception cref="ArgumentException">Options are missing or out of their range; the message names each of them.</exception>
    public static void Check(PeerNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = options.GetErrors();
        if (errors.Count > 0)
            throw new ArgumentException($"The options of the network are not valid. {string.Join(' ', errors)}", nameof(options));
    }

    /// <summary>Says what is wrong: a sentence each, which begins with the name of the option.</summary>
    public static IEnumerable<string> Errors(PeerNetworkOptions options) =>
    [
        .. ErrorsOfChain(options.Chain),
        .. ErrorsOfLists(options),
        .. ErrorsOfOthers(options),
        .. ErrorsOfManager(options),
        .. Under(nameof(options.Protocol), options.Protocol?.ErrorsBesideChainAndClock()),
        .. Under(nameof(options.Proxies), options.Proxies?.Errors()),
        .. Under(nameof(options.Policies), options.Policies?.Errors()),
    ];

    private static IEnumerable<string> ErrorsOfChain(ChainParameters? chain)
    {
        foreach (var error in BitcoinPeerOptions.ErrorsOf(chain))
            yield return error;
        if (chain is null)
            yield break;
        if (chain.DefaultPort is < 1 or > ushort.MaxValue)
            yield return Invariant($"{nameof(PeerNetworkOptions.Chain)} has the default port {chain.DefaultPort}: use 1 to 65535.");
        if (chain.DnsSeeds.IsDefault || chain.FixedSeeds.IsDefault)
            yield return $"{nameof(PeerNetworkOptions.Chain)} has a list of seeds that was not set: use [] for none.";
    }

    private static IEnumerable<string> ErrorsOfLists(PeerNetworkOptions options)
    {
        foreach (var (name, list) in ((string, IEnumerable<object?>?)[])
            [
                (nameof(options.PermanentPeers), options.PermanentPeers), (nameof(options.ListenOn), options.ListenOn), (nameof(options.OnionListenOn), options.OnionListenOn),
                (nameof(options.SeedNodes), options.SeedNodes),
            ])
        {
            if (list is null)
                yield return $"{name} is null: use an empty list for none.";
            else if (list.Contains(null))
                yield return $"{name} contains null: leave it out.";
            foreach (var onion in list?.OfType<DnsEndPoint>().Where(static peer => NetworkAddress.IsInvalidOnion(peer.Host)) ?? [])
                yield return $"{name} contains {onion.Host}, which is no onion address of version 3: leave it out.";
        }
    }

    private static IEnumerable<string> ErrorsOfOthers(PeerNetworkOptions options)
    {
        if (options.Policies is null)
            yield return $"{nameof(options.Policies)} is null: use PeerPolicies.None for none.";
        if (options.MessageCommands?.Any(static command => command.IsEmpty) == true)
            yield return $"{nameof(options.MessageCommands)} has a command without a name: make it with new MessageCommand(\"...\").";
        if (options.MisbehaviorOf is null)
            yield return $"{nameof(options.MisbehaviorOf)} is null: use ProtocolMisbehavior.Of, or a function that gives null for everything.";
        if (options.DataDirectory is { Length: 0 })
            yield return $"{nameof(options.DataDirectory)} is empty: use null for none.";
        if ((options.ReachableNetworks & AddressNetworks.All) != options.ReachableNetworks)
            yield return $"{nameof(options.ReachableNetworks)} is {options.ReachableNetworks}: use the members of AddressNetworks.";
    }

    /// <summary>The connection manager says itself what it takes.</summary>
    private static IReadOnlyList<string> ErrorsOfManager(PeerNetworkOptions options) => new ConnectionManagerOptions
    {
        Dial = static (_, _) => throw new NotSupportedException("It is checked, not used."),
        TargetOutbound = options.TargetOutbound,
        MaxInbound = options.MaxInbound,
        Netgrouper = options.Netgrouper,
        InstanceName = options.InstanceName,
        TimeProvider = options.TimeProvider,
    }.GetErrors();

    private static IEnumerable<string> Under(string name, IEnumerable<string>? errors) => errors?.Select(error => $"{name}.{error}") ?? [];
}
