using System.Diagnostics.CodeAnalysis;
using System.Net;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connmgr.Hosting;

/// <summary>
/// Says more of the peers that <c>AddBitcoinPeers</c> registers. What is said here adds to what configuration says, and wins where there is
/// but one value. Not thread-safe.
/// </summary>
public sealed class BitcoinPeersBuilder
{
    private readonly BitcoinPeersRegistration _registration;

    internal BitcoinPeersBuilder(IServiceCollection services, BitcoinPeersRegistration registration)
    {
        Services = services;
        _registration = registration;
    }

    /// <summary>The services that are registered into.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the instance, which is the key of its services; empty for the default one.</summary>
    public string Name => _registration.Name;

    /// <summary>Changes the settings, after configuration was read. Called again each time configuration changes.</summary>
    /// <param name="configure">Changes them.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder Configure(Action<BitcoinPeersSettings> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }

    /// <summary>
    /// Changes the options of the network before it is made, once, for all that no setting says: a dialler, a gate, policies, the options
    /// of the manager beneath (<see cref="PeerNetworkOptions.Configure"/>).
    /// </summary>
    /// <param name="configure">Gets the services of the host and the options.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder ConfigureNetwork(Action<IServiceProvider, PeerNetworkOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _registration.Configure.Add(configure);
        return this;
    }

    /// <summary>Gives the chain, when it is one of your own. A chain named in configuration takes its place.</summary>
    /// <param name="chain">The chain.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder UseChain(ChainParameters chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        _registration.Chain = chain;
        return this;
    }

    /// <summary>Keeps address book, anchors and bans in a directory: <see cref="BitcoinPeersSettings.DataDirectory"/>.</summary>
    /// <param name="path">The directory, which is made if it is not there.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder UseDataDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Configure(settings => settings.DataDirectory = path);
    }

    /// <summary>Asks names for addresses, as the DNS seeds of the chain are asked, beside those.</summary>
    /// <param name="hosts">The names.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddDnsSeeds(params string[] hosts)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        return Configure(settings => settings.DnsSeeds = [.. settings.DnsSeeds, .. hosts]);
    }

    /// <summary>Asks a peer for addresses, before the DNS seeds.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT; the chain's port when it has none.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public BitcoinPeersBuilder AddSeedNode(string peer)
    {
        var endPoint = SettingText.Parse(SettingKinds.Peer, peer);
        return Configure(settings => settings.SeedNodes = [.. settings.SeedNodes, endPoint]);
    }

    /// <summary>Keeps a peer connected, beside the target.</summary>
    /// <param name="peer">IP:PORT, [IPv6]:PORT or NAME:PORT; the chain's port when it has none.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public BitcoinPeersBuilder AddPermanentPeer(string peer) => AddPermanentPeer(SettingText.Parse(SettingKinds.Peer, peer));

    /// <summary>Keeps a peer connected, beside the target.</summary>
    /// <param name="peer">Its address; port 0 stands for the chain's.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddPermanentPeer(EndPoint peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        return Configure(settings => settings.PermanentPeers = [.. settings.PermanentPeers, peer]);
    }

    /// <summary>Accepts inbound peers at a local address.</summary>
    /// <param name="endPoint">IP:PORT or [IPv6]:PORT; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public BitcoinPeersBuilder ListenOn(string endPoint) => ListenOn(SettingText.Parse(SettingKinds.Local, endPoint));

    /// <summary>Accepts inbound peers at a local address.</summary>
    /// <param name="endPoint">The address; port 0 lets the system choose.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder ListenOn(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return Configure(settings => settings.ListenOn = [.. settings.ListenOn, endPoint]);
    }

    /// <summary>Finds peers of some networks alone, as Bitcoin Core's -onlynet.</summary>
    /// <param name="networks">The networks.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnlyNetworks(AddressNetworks networks) => Configure(settings => settings.OnlyNetworks = networks);

    /// <summary>Adds a proxy, as Bitcoin Core's -proxy.</summary>
    /// <param name="setting">127.0.0.1:9050 for everything but I2P; 127.0.0.1:4447=i2p for one network.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
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

    /// <summary>Sends everything through Tor, names included, and serves an onion service when there is a control port.</summary>
    /// <param name="proxy">Tor's SOCKS port.</param>
    /// <param name="control">Tor's control port, such as 127.0.0.1:9051; null for none.</param>
    /// <param name="password">The password of that; null: its cookie, or nothing where that will do.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">An address is none; the message says what to write.</exception>
    public BitcoinPeersBuilder UseTor(string proxy = "127.0.0.1:9050", string? control = null, string? password = null)
    {
        var controlEndPoint = control is null ? null : SettingText.Parse(SettingKinds.Control, control);
        return UseProxy(proxy).Configure(settings => (settings.TorControl, settings.TorPassword) = (controlEndPoint ?? settings.TorControl, password ?? settings.TorPassword));
    }

    /// <summary>Calls a function when a peer has shaken hands: <see cref="PeerNetworkOptions.OnPeer"/>. Several are called in order.</summary>
    /// <param name="onPeer">The function.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnPeer(Func<BitcoinPeer, CancellationToken, ValueTask> onPeer)
    {
        ArgumentNullException.ThrowIfNull(onPeer);
        _registration.OnPeer.Add(onPeer);
        return this;
    }

    /// <summary>Calls a function for each message that the library does not handle itself: <see cref="PeerNetworkOptions.OnMessage"/>. Several are called in order.</summary>
    /// <param name="onMessage">The function.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder OnMessage(Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask> onMessage)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        _registration.OnMessage.Add(onMessage);
        return this;
    }

    /// <summary>
    /// Names the commands that handlers get, <see cref="OnMessage"/> and those of <see cref="AddPeerHandler"/>:
    /// <see cref="PeerNetworkOptions.MessageCommands"/>. Messages of other commands are discarded as they arrive. Further calls add to it;
    /// without any, handlers get all.
    /// </summary>
    /// <param name="commands">The commands, such as <c>new MessageCommand("inv")</c>.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder HandleMessages(params MessageCommand[] commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return ConfigureNetwork((_, options) => options.MessageCommands = [.. options.MessageCommands ?? [], .. commands]);
    }

    /// <summary>
    /// Hands each peer to a handler of its own, made with the services of the connection's scope. Several are called in order. A handler
    /// that is not registered is, as scoped.
    /// </summary>
    /// <typeparam name="THandler">The handler.</typeparam>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddPeerHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IPeerHandler
    {
        Services.TryAddScoped<THandler>();
        _registration.Handlers.Add(static scope => scope.GetRequiredService<THandler>());
        return this;
    }

    /// <summary>
    /// Adds a health check: healthy with all wanted outbound connections, degraded with at least <see cref="HealthSettings.MinOutbound"/>
    /// of them, unhealthy with none, or with fewer and no progress. Its data are counts; no address is told.
    /// </summary>
    /// <param name="name">The name of the check. Null, the default: bitcoin-peers, with the name of the instance behind it.</param>
    /// <param name="failureStatus">What to report in place of unhealthy.</param>
    /// <param name="tags">Its tags. Null, the default: ready.</param>
    /// <returns>This builder.</returns>
    public BitcoinPeersBuilder AddHealthCheck(string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        HealthCheckSetup.Add(Services, Name, name ?? HealthCheckSetup.NameOf("bitcoin-peers", Name), failureStatus, tags);
        return this;
    }
}
