using System.Diagnostics.Metrics;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Creates the network of an instance from its settings and its registration.</summary>
internal static class PeerNetworkFactory
{
    /// <summary>Creates the network and opens its listeners.</summary>
    public static PeerNetwork Create(IServiceProvider services, BitcoinPeersRegistration registration)
    {
        var state = services.GetRequiredKeyedService<InstanceState>(registration.Name);
        var settings = services.GetRequiredService<IOptionsMonitor<BitcoinPeersSettings>>().Get(registration.Name);
        var options = CreateOptions(settings, registration.GetChain(settings)!);
        options.TimeProvider = state.TimeProvider;
        options.LoggerFactory = NamedLoggerFactory.Create(services, registration.Name);
        options.MeterFactory = services.GetService<IMeterFactory>();
        options.InstanceName = registration.Name.Length == 0 ? null : registration.Name;
        foreach (var configure in registration.Configure.Concat(registration.ConfigureLast))
            configure(services, options);
        new PeerCallbacks(services.GetRequiredService<IServiceScopeFactory>(), registration).AttachTo(options);
        var inner = options.Configure;
        options.Configure = manager =>
        {
            settings.ApplyConnectionOptionsTo(manager);
            inner?.Invoke(manager);
        };
        var network = new PeerNetwork(options);
        state.GetExternalAddresses = () => network.ExternalAddresses.All.Length;
        state.GetClockOffset = () => network.GetStatistics().ClockOffset;
        (state.GetPortMapping, state.GetTor, state.GetI2P) = (() => network.PortMapping, () => network.Tor, () => network.I2P);
        state.OnCreated(network.Connections, settings, options.Chain!.DefaultPort, network.GetShortage);
        return network;
    }

    /// <summary>Gets the functions by which a hosted service runs a network.</summary>
    public static Hosted Host(PeerNetwork network, InstanceState state) => new(network.Connections, network.StartAsync, network.StopAsync, state.DefaultPort)
    {
        SetOutbound = (settings, token) => SetOutboundAsync(network, (BitcoinPeersSettings)settings, token),
    };

    /// <summary>Changes the groups. Once there were some, a number alone is a group too.</summary>
    private static Task SetOutboundAsync(PeerNetwork network, BitcoinPeersSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Groups.Count > 0)
            return network.SetGroupsAsync(settings.Groups, cancellationToken);
        return network.Groups.IsEmpty
            ? network.Connections.SetTargetOutboundAsync(settings.TargetOutbound, cancellationToken)
            : network.SetGroupsAsync([new PeerGroup("default", settings.TargetOutbound)], cancellationToken);
    }

    /// <summary>Creates options from valid settings.</summary>
    internal static PeerNetworkOptions CreateOptions(BitcoinPeersSettings settings, ChainParameters chain)
    {
        var protocol = CreateProtocol(settings, chain: null);
        protocol.RequiredServices = (NodeServices)chain.RequiredServices;
        var rules = settings.Proxies with { IsCjdnsReachable = settings.CjdnsReachable };
        var usesProxies = rules != ProxyRules.None || settings.TorControl is not null || settings.I2PSam is not null;
        return new PeerNetworkOptions
        {
            Chain = chain with
            {
                DnsSeeds = [.. settings.UseChainSeeds ? chain.DnsSeeds : [], .. settings.DnsSeeds.Select(static host => new DnsSeed(host, supportsServiceFilter: true))],
            },
            DataDirectory = settings.DataDirectory,
            TargetOutbound = settings.TargetOutbound,
            Groups = [.. settings.Groups],
            Policies = settings.Policies,
            MaxInbound = settings.MaxInbound,
            PermanentPeers = [.. settings.PermanentPeers.Select(peer => PeerPort.OrDefault(peer, chain.DefaultPort))],
            SeedNodes = [.. settings.SeedNodes.Select(peer => PeerPort.OrDefault(peer, chain.DefaultPort))],
            ListenOn = [.. settings.ListenOn],
            ListenOnInterfaces = [.. settings.ListenOnInterfaces],
            OnionListenOn = [.. settings.OnionListenOn],
            ExternalAddresses = [.. settings.ExternalAddresses],
            DiscoverAddresses = settings.DiscoverAddresses,
            PortMapping = settings.PortMapping,
            ReachableNetworks = settings.OnlyNetworks & ProxyRules.None.ReachableNetworks,
            Proxies = !usesProxies ? null : new PeerNetworkProxies
            {
                Rules = rules,
                OnlyNetworks = settings.OnlyNetworks,
                TorControl = settings.TorControl,
                TorPassword = settings.TorPassword,
                TorAllowPlainCookie = settings.TorAllowPlainCookie,
                PublishOnionService = settings.PublishOnionService,
                OnionTarget = settings.OnionTarget,
                I2PSam = settings.I2PSam,
                AcceptI2P = settings.AcceptI2P,
                I2PTunnelLength = settings.I2PTunnelLength,
            },
            Protocol = protocol,
        };
    }

    /// <summary>Creates the options of the protocol from settings, valid or not.</summary>
    internal static BitcoinPeerOptions CreateProtocol(BitcoinPeersSettings settings, ChainParameters? chain)
    {
        var height = settings.StartHeight;
        return new BitcoinPeerOptions
        {
            Chain = chain,
            UserAgent = settings.UserAgent,
            Services = settings.Services,
            StartHeight = () => height,
            Relay = settings.Relay,
            SendHeaders = settings.SendHeaders,
            SendCmpct = settings.SendCmpct,
            FeeFilter = settings.FeeFilter,
            ReceiveBudget = settings.ReceiveBudget,
            Transport = settings.Transport,
            TransportByNetwork = settings.TransportByNetwork.AsReadOnly(),
        };
    }
}
