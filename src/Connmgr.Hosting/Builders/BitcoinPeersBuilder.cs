using System.Diagnostics.CodeAnalysis;
using System.Net;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Configures the peers that <c>AddBitcoinPeers</c> registers. Lists are added to those of configuration; a single value takes precedence
/// over configuration. Not thread-safe.
/// </summary>
public sealed class BitcoinPeersBuilder
{
    internal BitcoinPeersBuilder(IServiceCollection services, BitcoinPeersRegistration registration)
    {
        Services = services;
        Registration = registration;
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the instance, which is the key of its services; empty for the default one.</summary>
    public string Name => Registration.Name;

    /// <summary>The part that the program sets in code.</summary>
    internal BitcoinPeersRegistration Registration { get; }

    /// <summary>Changes the settings after configuration is read. The action runs again each time configuration changes.</summary>
    /// <param name="configure">Changes the settings.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder Configure(Action<BitcoinPeersSettings> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Changes the options of the network before it is created, once. For options that have no setting: a dialler, a gate, policies, the
    /// options of the underlying manager (<see cref="PeerNetworkOptions.Configure"/>).
    /// </summary>
    /// <param name="configure">Changes the options; it receives the services of the host too.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder ConfigureNetwork(Action<IServiceProvider, PeerNetworkOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Registration.Configure.Add(configure);
        return this;
    }

    /// <summary>Sets a custom chain, such as one of a file (<see cref="ChainFile.Load"/>). A chain named in configuration replaces it.</summary>
    /// <param name="chain">The chain.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder UseChain(ChainParameters chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        Registration.Chain = chain;
        return this;
    }

    /// <summary>Keeps address book, anchors and bans in a directory: <see cref="BitcoinPeersSettings.DataDirectory"/>.</summary>
    /// <param name="path">The directory. It is created if it does not exist.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder UseDataDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Configure(settings => settings.DataDirectory = path);
    }

    /// <summary>Adds groups of outbound peers, such as those of <see cref="PeerGroup.LightWallet"/>: <see cref="BitcoinPeersSettings.Groups"/>.</summary>
    /// <param name="groups">The groups, the most wanted first.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddGroups(params IEnumerable<PeerGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        PeerGroup[] added = [.. groups];
        return Configure(settings => settings.Groups = [.. settings.Groups, .. added]);
    }

    /// <summary>Adds DNS seeds to those of the chain.</summary>
    /// <param name="hosts">The host names.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddDnsSeeds(params string[] hosts)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        return Configure(settings => settings.DnsSeeds = [.. settings.DnsSeeds, .. hosts]);
    }

    /// <summary>Asks a peer for addresses, before the DNS seeds.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT; without a port, the chain's default port.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder AddSeedNode(string peer)
    {
        var endPoint = SettingKinds.Peer.Parse(peer);
        return Configure(settings => settings.SeedNodes = [.. settings.SeedNodes, endPoint]);
    }

    /// <summary>Keeps a peer connected, in addition to the target.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT; without a port, the chain's default port.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder AddPermanentPeer(string peer) => AddPermanentPeer(SettingKinds.Peer.Parse(peer));

    /// <summary>Keeps a peer connected, in addition to the target.</summary>
    /// <param name="peer">The address; port 0 means the chain's default port.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddPermanentPeer(EndPoint peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return Configure(settings => settings.PermanentPeers = [.. settings.PermanentPeers, peer]);
    }

    /// <summary>Accepts inbound peers at a local address.</summary>
    /// <param name="endPoint">IP:PORT or [IPv6]:PORT; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder ListenOn(string endPoint) => ListenOn(SettingKinds.Local.Parse(endPoint));

    /// <summary>Accepts inbound peers at a local address.</summary>
    /// <param name="endPoint">The address; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder ListenOn(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Configure(settings => settings.ListenOn = [.. settings.ListenOn, endPoint]);
    }

    /// <summary>Connects automatically to peers of these networks only, as Bitcoin Core's -onlynet does.</summary>
    /// <param name="networks">The networks.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnlyNetworks(AddressNetworks networks) => Configure(settings => settings.OnlyNetworks = networks);

    /// <summary>Adds a proxy, as Bitcoin Core's -proxy does.</summary>
    /// <param name="setting">127.0.0.1:9050 for everything but I2P; 127.0.0.1:4447=i2p for one network; 127.0.0.1:9050=always for private addresses too.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder UseProxy(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (!ProxyRules.None.TryAdd(setting, out _, out var error))
            throw new FormatException($"'{setting}': {error}.");
        return Configure(settings =>
        {
            if (settings.Proxies.TryAdd(setting, out var rules, out _))
                settings.Proxies = rules;
        });
    }

    /// <summary>Routes all connections and name lookups through Tor, and publishes an onion service if a control port is given.</summary>
    /// <param name="proxy">Tor's SOCKS port.</param>
    /// <param name="control">Tor's control port, such as 127.0.0.1:9051; null for none.</param>
    /// <param name="password">The password of the control port; null for its cookie, or nothing if none is required.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">An address is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder UseTor(string proxy = "127.0.0.1:9050", string? control = null, string? password = null)
    {
        var controlEndPoint = control is null ? null : SettingKinds.Control.Parse(control);
        return UseProxy(proxy).Configure(settings => (settings.TorControl, settings.TorPassword) = (controlEndPoint ?? settings.TorControl, password ?? settings.TorPassword));
    }

    /// <summary>Reaches I2P peers through a router's SAM bridge, and accepts inbound ones at an I2P address.</summary>
    /// <param name="sam">The SAM bridge.</param>
    /// <param name="accept">False to accept none, and to dial from an address for each connection.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The address is not valid; the message says what to write.</exception>
    public BitcoinPeersBuilder UseI2P(string sam = "127.0.0.1:7656", bool accept = true)
    {
        var endPoint = SettingKinds.Sam.Parse(sam);
        return Configure(settings => (settings.I2PSam, settings.AcceptI2P) = (endPoint, accept));
    }

    /// <summary>Calls a function when the handshake with a peer is complete: <see cref="PeerNetworkOptions.OnPeer"/>. Several are called in order.</summary>
    /// <param name="onPeer">The function.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnPeer(Func<BitcoinPeer, CancellationToken, ValueTask> onPeer)
    {
        ArgumentNullException.ThrowIfNull(onPeer);
        Registration.OnPeer.Add(onPeer);
        return this;
    }

    /// <summary>Calls a function for each message that the library does not handle itself: <see cref="PeerNetworkOptions.OnMessage"/>. Several are called in order.</summary>
    /// <param name="onMessage">The function.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnMessage(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> onMessage)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        Registration.OnMessage.Add(onMessage);
        return this;
    }

    /// <summary>
    /// Limits the messages that <see cref="OnMessage"/> and the handlers of <see cref="AddPeerHandler"/> receive to some commands:
    /// <see cref="PeerNetworkOptions.MessageCommands"/>. Messages with other commands are discarded as they arrive. Further calls add
    /// commands; without any call, handlers receive all messages.
    /// </summary>
    /// <param name="commands">The commands, such as <c>new MessageCommand("inv")</c>.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder HandleMessages(params MessageCommand[] commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return ConfigureNetwork((_, options) => options.MessageCommands = [.. options.MessageCommands ?? [], .. commands]);
    }

    /// <summary>
    /// Creates a handler for each peer from the service scope of its connection. Several handlers are called in order. The type is registered
    /// as scoped, unless it is registered already.
    /// </summary>
    /// <typeparam name="THandler">The handler.</typeparam>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddPeerHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IPeerHandler
    {
        Services.TryAddScoped<THandler>();
        Registration.Handlers.Add(static scope => scope.GetRequiredService<THandler>());
        return this;
    }

    /// <summary>
    /// Adds a health check: healthy with all wanted outbound connections, degraded with at least <see cref="HealthSettings.MinOutbound"/>
    /// of them, unhealthy with none, or with fewer and no progress. Its data are counts; it reveals no address.
    /// </summary>
    /// <param name="name">The name of the check. Null, the default: bitcoin-peers, followed by the name of the instance.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy. Null, the default: unhealthy.</param>
    /// <param name="tags">Its tags. Null, the default: ready.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddHealthCheck(string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        InstanceServices.AddHealthCheck(Services, Name, name, "bitcoin-peers", failureStatus, tags);
        return this;
    }
}
