using System.Net;
using Connmgr.Bitcoin;

namespace Connmgr.Hosting;

/// <summary>Validates settings, whether they come from configuration or from code. Options of the manager are validated by the manager's own rules. Pure.</summary>
internal static class SettingsRules
{
    /// <summary>Gets the errors of the settings of a manager, a sentence each.</summary>
    public static IEnumerable<string> GetErrors(ConnectionManagerSettings settings)
    {
        if (GetNullErrors(settings) is { Count: > 0 } missing)
            return missing;
        return GetConnectionErrors(settings).Concat(settings.PermanentPeers
            .Where(PeerPort.IsMissing)
            .Select(peer => $"{settings.GetName(nameof(settings.PermanentPeers))} has '{SettingKinds.Peer.Write(peer)}', which has no port: write HOST:PORT."));
    }

    /// <summary>Gets the errors of the settings of the peers of a chain, a sentence each.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="chain">The chain that the settings name or the program supplies; null for none.</param>
    public static IEnumerable<string> GetErrors(BitcoinPeersSettings settings, ChainParameters? chain) =>
        GetNullErrors(settings) is { Count: > 0 } missing ? missing : GetPeerErrors(settings, chain);

    private static IEnumerable<string> GetPeerErrors(BitcoinPeersSettings settings, ChainParameters? chain)
    {
        foreach (var error in GetConnectionErrors(settings).Concat(GetOnionErrors(settings, nameof(settings.SeedNodes), settings.SeedNodes)))
            yield return error;
        foreach (var error in chain is null ? ChainChoice.GetErrors(settings) : [])
            yield return error;

        if (settings.Groups.Count > 0)
        {
            var groups = new PeerNetworkOptions { Chain = ChainParameters.Regtest, TargetOutbound = settings.TargetOutbound, Groups = settings.Groups };
            foreach (var error in groups.GetErrors())
                yield return Named(settings, error);
        }

        foreach (var error in ((IValidatedOptions)new PeerPolicies { Upgrade = settings.Upgrade, Quarantine = settings.Quarantine }).GetErrors())
            yield return Named(settings, error);
        if (settings.DataDirectory is { Length: 0 })
            yield return $"{settings.GetName(nameof(settings.DataDirectory))} is empty: leave it out for none.";
        if (settings is { TorPassword: not null, TorControl: null })
            yield return $"{settings.GetName(nameof(settings.TorPassword))} is set but {nameof(settings.TorControl)} is not: set both or neither.";
        if (settings is { OnionTarget: not null, TorControl: null })
            yield return $"{settings.GetName(nameof(settings.OnionTarget))} is set but {nameof(settings.TorControl)} is not: set both or neither.";
        if (settings.OnionTarget is { } target && (target.Address.Equals(IPAddress.Any) || target.Address.Equals(IPAddress.IPv6Any)))
            yield return $"{settings.GetName(nameof(settings.OnionTarget))} is {target}, which stands for all addresses: name one that Tor's machine reaches.";
        if (settings is { I2PTunnelLength: not null, I2PSam: null })
            yield return $"{settings.GetName(nameof(settings.I2PTunnelLength))} is set but {nameof(settings.I2PSam)} is not: set both or neither.";
        if (settings is { I2PSam: not null, Proxies.I2P: not null })
            yield return $"{settings.GetName(nameof(settings.I2PSam))} is set, and {nameof(settings.Proxies)} has one for i2p: set one of them.";
        if (settings.I2PTunnelLength is < 0 or > I2PControllerOptions.MaxTunnelLength)
            yield return Invariant($"{settings.GetName(nameof(settings.I2PTunnelLength))} is {settings.I2PTunnelLength}: use 0 to {I2PControllerOptions.MaxTunnelLength}.");
        var ofI2P = settings.I2PSam is null ? AddressNetworks.None : AddressNetworks.I2P;
        if (settings.TorControl is null && (settings.OnlyNetworks & ((settings.Proxies with { IsCjdnsReachable = settings.CjdnsReachable }).ReachableNetworks | ofI2P)) == AddressNetworks.None)
        {
            yield return $"{settings.GetName(nameof(settings.OnlyNetworks))} is {settings.OnlyNetworks}, which cannot be reached: name a proxy for it in {nameof(settings.Proxies)}, or set "
                + $"{nameof(settings.TorControl)} or {nameof(settings.I2PSam)}.";
        }

        if (settings.StartHeight < 0)
            yield return Invariant($"{settings.GetName(nameof(settings.StartHeight))} is {settings.StartHeight}: use 0 or more.");
        foreach (var error in chain is null ? [] : GetProtocolErrors(settings, chain))
            yield return error;
    }

    private static IEnumerable<string> GetConnectionErrors(ConnectionSettings settings)
    {
        var options = new ConnectionManagerOptions { Dial = static (_, _) => throw new NotSupportedException("Used for validation only.") };
        settings.ApplyTo(options);
        foreach (var error in options.GetErrors().Concat(OptionsErrors.Under(nameof(settings.Health), settings.Health)))
            yield return Named(settings, error);
        foreach (var error in GetOnionErrors(settings, nameof(settings.PermanentPeers), settings.PermanentPeers))
            yield return error;
    }

    /// <summary>Gets the errors of onion addresses that come from code. Those in configuration are rejected as they are read.</summary>
    private static IEnumerable<string> GetOnionErrors(ConnectionSettings settings, string path, IEnumerable<EndPoint> peers) => peers
        .Where(static peer => peer is DnsEndPoint name && NetworkAddress.IsInvalidOnion(name.Host))
        .Select(peer => $"{settings.GetName(path)} has '{SettingKinds.Peer.Write(peer)}', which is not an onion address of version 3: leave it out.");

    /// <summary>Gets an error for each setting that code has set to null, which configuration cannot do. If there are any, nothing else is checked.</summary>
    private static List<string> GetNullErrors(ConnectionSettings settings)
    {
        List<(string Name, object? Value)> all =
        [
            (nameof(settings.PermanentPeers), settings.PermanentPeers), (nameof(settings.ListenOn), settings.ListenOn), (nameof(settings.ListenOnInterfaces), settings.ListenOnInterfaces),
            (nameof(settings.OnionListenOn), settings.OnionListenOn), (nameof(settings.Health), settings.Health),
        ];
        if (settings is BitcoinPeersSettings peers)
        {
            all.AddRange(
            [
                (nameof(peers.Upgrade), peers.Upgrade), (nameof(peers.Quarantine), peers.Quarantine),
                (nameof(peers.Groups), peers.Groups), (nameof(peers.ExternalAddresses), peers.ExternalAddresses), (nameof(peers.SeedNodes), peers.SeedNodes), (nameof(peers.DnsSeeds), peers.DnsSeeds), (nameof(peers.Proxies), peers.Proxies), (nameof(peers.UserAgent), peers.UserAgent),
                (nameof(peers.TransportByNetwork), peers.TransportByNetwork),
            ]);
        }

        return [.. all.Where(static setting => setting.Value is null).Select(static setting => $"{setting.Name} is null: leave it as it is for the default.")];
    }

    /// <summary>Replaces the name of an option, with which the manager's errors begin, by that of the setting.</summary>
    private static string Named(ConnectionSettings settings, string error)
    {
        var space = error.IndexOf(' ', StringComparison.Ordinal);
        return settings.GetName(error[..space].Replace('.', ':')) + error[space..];
    }

    /// <summary>Gets the errors of the settings of the protocol, with the names of the settings. A chain that the program supplies is not a setting.</summary>
    private static IEnumerable<string> GetProtocolErrors(BitcoinPeersSettings settings, ChainParameters chain) =>
        PeerNetworkFactory.CreateProtocol(settings, chain).GetErrors().Select(error => Named(settings, error));
}
