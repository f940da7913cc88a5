using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>What settings must hold, whether they come from configuration or from code. What the manager checks itself is asked of it. Pure.</summary>
internal static class SettingsRules
{
    /// <summary>What is wrong with settings of a manager, a sentence each.</summary>
    public static IEnumerable<string> ErrorsOf(ConnectionManagerSettings settings)
    {
        if (MissingOf(settings) is { Count: > 0 } missing)
            return missing;
        return ErrorsOfConnections(settings).Concat(settings.PermanentPeers
            .Where(PeerPort.IsMissing)
            .Select(peer => $"{settings.NameOf(nameof(settings.PermanentPeers))} has '{SettingKinds.Peer.Write(peer)}', which has no port: write HOST:PORT."));
    }

    /// <summary>What is wrong with settings of the peers of a chain, a sentence each.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="chain">The chain that they name, or that the program gives; null for none.</param>
    public static IEnumerable<string> ErrorsOf(BitcoinPeersSettings settings, ChainParameters? chain) =>
        MissingOf(settings) is { Count: > 0 } missing ? missing : ErrorsOfPeers(settings, chain);

    private static IEnumerable<string> ErrorsOfPeers(BitcoinPeersSettings settings, ChainParameters? chain)
    {
        foreach (var error in ErrorsOfConnections(settings).Concat(ErrorsOfOnions(settings, nameof(settings.SeedNodes), settings.SeedNodes)))
            yield return error;
        if (chain is null)
        {
            yield return settings.Chain is null
                ? $"{settings.NameOf(nameof(settings.Chain))} is missing: set it to {SettingKinds.ChainNames}, or give one in the program by UseChain."
                : $"{settings.NameOf(nameof(settings.Chain))} is '{settings.Chain}': use {SettingKinds.ChainNames}.";
        }

        if (settings.DataDirectory is { Length: 0 })
            yield return $"{settings.NameOf(nameof(settings.DataDirectory))} is empty: leave it out for none.";
        if (settings is { TorPassword: not null, TorControl: null })
            yield return $"{settings.NameOf(nameof(settings.TorPassword))} is set but {nameof(settings.TorControl)} is not: set both or neither.";
        if (settings is { OnionTarget: not null, TorControl: null })
            yield return $"{settings.NameOf(nameof(settings.OnionTarget))} is set but {nameof(settings.TorControl)} is not: set both or neither.";
        if (settings.OnionTarget is { } target && (target.Address.Equals(IPAddress.Any) || target.Address.Equals(IPAddress.IPv6Any)))
            yield return $"{settings.NameOf(nameof(settings.OnionTarget))} is {target}, which stands for all addresses: name one that Tor's machine reaches.";
        if (settings.TorControl is null && (settings.OnlyNetworks & settings.Proxies.ReachableNetworks) == AddressNetworks.None)
        {
            yield return $"{settings.NameOf(nameof(settings.OnlyNetworks))} is {settings.OnlyNetworks}, which can't be reached: name a proxy for it in {nameof(settings.Proxies)}, or set "
                + $"{nameof(settings.TorControl)}.";
        }

        foreach (var error in chain is null ? [] : ErrorsOfProtocol(settings, chain))
            yield return error;
    }

    private static IEnumerable<string> ErrorsOfConnections(ConnectionSettings settings)
    {
        var options = new ConnectionManagerOptions { Dial = static (_, _) => throw new NotSupportedException("It is checked, not used.") };
        settings.ApplyTo(options);
        foreach (var error in options.GetErrors().Concat(OptionsErrors.Under(nameof(settings.Health), settings.Health)))
            yield return Named(settings, error);
        foreach (var error in ErrorsOfOnions(settings, nameof(settings.PermanentPeers), settings.PermanentPeers))
            yield return error;
    }

    /// <summary>Those that code has named: configuration has none, since they are refused as they are read.</summary>
    private static IEnumerable<string> ErrorsOfOnions(ConnectionSettings settings, string path, IEnumerable<EndPoint> peers) => peers
        .Where(static peer => peer is DnsEndPoint name && NetworkAddress.IsInvalidOnion(name.Host))
        .Select(peer => $"{settings.NameOf(path)} has '{SettingKinds.Peer.Write(peer)}', which is no onion address of version 3: leave it out.");

    /// <summary>Gets an error for each setting that code has set to null, which configuration can't. With one of them, nothing else is checked.</summary>
    private static List<string> MissingOf(ConnectionSettings settings)
    {
        List<(string Name, object? Value)> all =
        [
            (nameof(settings.PermanentPeers), settings.PermanentPeers), (nameof(settings.ListenOn), settings.ListenOn),
            (nameof(settings.OnionListenOn), settings.OnionListenOn), (nameof(settings.Health), settings.Health),
        ];
        if (settings is BitcoinPeersSettings peers)
        {
            all.AddRange(
            [
                (nameof(peers.SeedNodes), peers.SeedNodes), (nameof(peers.DnsSeeds), peers.DnsSeeds), (nameof(peers.Proxies), peers.Proxies), (nameof(peers.UserAgent), peers.UserAgent),
            ]);
        }

        return [.. all.Where(static setting => setting.Value is null).Select(static setting => $"{setting.Name} is null: leave it as it is for the default.")];
    }

    /// <summary>The manager's sentences begin with the name of an option, which is that of the setting.</summary>
    private static string Named(ConnectionSettings settings, string error)
    {
        var space = error.IndexOf(' ', StringComparison.Ordinal);
        return settings.NameOf(error[..space].Replace('.', ':')) + error[space..];
    }

    /// <summary>The protocol's sentences begin with the name of an option, which is that of the setting. A chain of the program's own is not a setting.</summary>
    private static IEnumerable<string> ErrorsOfProtocol(BitcoinPeersSettings settings, ChainParameters chain) =>
        new BitcoinPeerOptions { Chain = chain, UserAgent = settings.UserAgent, ReceiveBudget = settings.ReceiveBudget }.GetErrors().Select(error => Named(settings, error));
}
