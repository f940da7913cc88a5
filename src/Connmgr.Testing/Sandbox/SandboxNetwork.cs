using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Connmgr.Bitcoin;

namespace Connmgr.Testing;

/// <summary>
/// A small Bitcoin network in memory, whose peers speak the real wire protocol: some of its addresses are dead, some of its hosts slow,
/// silent, resetting, restless or hostile. Needs no internet and no setup. The behaviour of each address follows from the seed. Thread-safe.
/// </summary>
/// <remarks>
/// Peers are created when they are dialled, so a sandbox of many addresses is cheap. They have connections to the programs that dial them,
/// not to each other. They serve one chain, <see cref="BlockChain"/>, and answer <c>getaddr</c> with addresses of the sandbox.
/// </remarks>
/// <example>
/// <code>
/// await using var sandbox = new SandboxNetwork();
/// var bitcoin = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain });
/// await using var manager = new ConnectionManager(new()
/// {
///     Dial = sandbox.DialAsync,
///     AddressSource = sandbox.AddressSource,
///     Handshake = bitcoin.HandshakeAsync,
///     OnConnection = (_, connection, token) => BitcoinProtocol.RunAsync(connection, (_, _, _) => default, token),
/// });
/// await manager.StartAsync();
/// </code>
/// </example>
public sealed class SandboxNetwork : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<SandboxListener> _listeners = [];
    private readonly SandboxWorld _world;
    private readonly SandboxSeeds _seeds;
    private int _listened;
    private bool _disposed;

    /// <summary>Creates a sandbox.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public SandboxNetwork(SandboxNetworkOptions? options = null)
    {
        options = (options ?? new()).Copy();
        OptionsErrors.ThrowIfAny(options);
        var hosts = SandboxPopulation.Create(options);
        _world = new(options, hosts);
        Hosts = ImmutableCollectionsMarshal.AsImmutableArray(hosts);
        AddressSource = new SandboxAddressSource(hosts, options.Seed);
        _seeds = new(hosts, options);
        Network = new(new() { TimeProvider = options.TimeProvider, Seed = options.Seed, Population = new SandboxHosts(_world).Find });
    }

    /// <summary>The chain of every sandbox: no other network has its magic, and it has no DNS seeds.</summary>
    public static ChainParameters Chain { get; } = new()
    {
        Name = "sandbox",
        Magic = [0xd5, 0xb0, 0xc4, 0x9e],
        DefaultPort = 28555,
    };

    /// <summary>The same chain with two DNS seeds, for programs that start as on a real network: <see cref="LookupAsync"/> resolves them.</summary>
    public static ChainParameters SeededChain { get; } = Chain with { DnsSeeds = SandboxSeeds.All };

    /// <summary>All hosts, in no particular order.</summary>
    public ImmutableArray<SandboxHost> Hosts { get; }

    /// <summary>
    /// The source of all addresses, dead ones included, in an order drawn from the seed; then all again in another order. It skips addresses
    /// in full netgroups. For one manager only: two would share the order.
    /// </summary>
    public IAddressSource AddressSource { get; }

    /// <summary>
    /// The underlying network. Use it to count, to set the behaviour of further addresses, to add names, and for
    /// <see cref="MemoryNetwork.EnsureNoLeaks"/> once the sandbox is disposed.
    /// </summary>
    public MemoryNetwork Network { get; }

    /// <summary>The block chain that the peers serve, from the miner's side.</summary>
    public SandboxChain BlockChain => _world.Chain;

    /// <summary>The height of the best block, which rises by one each <see cref="SandboxNetworkOptions.BlockInterval"/>.</summary>
    public int Height => BlockChain.Height;

    /// <summary>Dials a host, for <see cref="ConnectionManagerOptions.Dial"/>. An address that no host has is unreachable.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="cancellationToken">Ends the dial.</param>
    /// <returns>The connection, for the caller to dispose.</returns>
    /// <exception cref="ConnectFailedException">The host refused or could not be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The sandbox was disposed.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        Network.DialAsync(endPoint, cancellationToken);

    /// <summary>
    /// Looks up a DNS seed of <see cref="SeededChain"/>. Each has 25 addresses, the same each time; most are alive, as those of real seeds
    /// are. With service bits before the name, they are addresses of hosts that offer these services, and may be fewer.
    /// </summary>
    /// <param name="host">The name, with or without service bits before it.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>The addresses.</returns>
    /// <exception cref="SocketException">There is no such name.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<IReadOnlyList<IPAddress>> LookupAsync(string host, CancellationToken cancellationToken) =>
        _seeds.LookupAsync(host, cancellationToken);

    /// <summary>
    /// Listens in the sandbox, for <see cref="ConnectionManagerOptions.Listeners"/>. From now on hosts dial in: one each
    /// <see cref="SandboxNetworkOptions.VisitInterval"/>, at most <see cref="SandboxNetworkOptions.MaxVisitors"/> at a time, hostile ones
    /// among them.
    /// </summary>
    /// <param name="endPoint">The address, exactly: there are no wildcards. Port 0 stands for a free port.</param>
    /// <returns>The listener. Disposing it ends the visits.</returns>
    /// <exception cref="SocketException">There is a listener at the address already.</exception>
    /// <exception cref="ObjectDisposedException">The sandbox was disposed.</exception>
    public IConnectionListener Listen(EndPoint endPoint)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _listeners.RemoveAll(static listener => listener.IsOver);
            var seed = unchecked(_world.Options.Seed + ++_listened);
            var listener = new SandboxListener(_world, Network, Network.Listen(endPoint), seed);
            _listeners.Add(listener);
            return listener;
        }
    }

    /// <summary>
    /// Has a network of peers live in this sandbox instead of the real world: sets its chain to <see cref="SeededChain"/>, its dials,
    /// look-ups and clock to the sandbox's, and has it listen here instead of on the machine's own addresses. Call it when the other
    /// options are set, before the network is made.
    /// </summary>
    /// <param name="options">
    /// The options of the network. Their <see cref="PeerNetworkOptions.ListenOn"/> is emptied, and their
    /// <see cref="PeerNetworkOptions.Configure"/> gets the manager's options with the listeners of the sandbox (port 0 stands for a free
    /// port).
    /// </param>
    /// <exception cref="ArgumentException">
    /// <see cref="PeerNetworkOptions.Proxies"/> or <see cref="PeerNetworkOptions.AddressSource"/> is set: neither leads into the sandbox.
    /// </exception>
    /// <example>
    /// <code>
    /// await using var sandbox = new SandboxNetwork();
    /// var options = new PeerNetworkOptions { TargetOutbound = 4 };
    /// sandbox.Attach(options);
    /// await using var network = new PeerNetwork(options);
    /// </code>
    /// </example>
    public void Attach(PeerNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Proxies is not null)
            throw new ArgumentException("Proxies is set, but the sandbox is in memory, where no proxy leads: leave it out.", nameof(options));
        if (options.AddressSource is not null)
            throw new ArgumentException("AddressSource is set, but the sandbox's seeds and gossip give the addresses: leave it out.", nameof(options));
        options.Chain = SeededChain;
        options.Dial = DialAsync;
        options.Lookup = LookupAsync;
        options.TimeProvider = _world.Options.TimeProvider;
        IPEndPoint[] endPoints = [.. options.ListenOn];
        options.ListenOn = [];
        if (endPoints.Length == 0)
            return;
        var configure = options.Configure;
        options.Configure = manager =>
        {
            foreach (var endPoint in endPoints)
                manager.Listeners.Add(Listen(endPoint));
            configure?.Invoke(manager);
        };
    }

    /// <summary>
    /// Ends dials, listeners and visits, resets connections, and waits until all hosts have ended. Streams that were dialled or accepted
    /// are still their owners' to dispose. Any number of times.
    /// </summary>
    /// <returns>Completes when nothing of the sandbox runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        SandboxListener[] listeners;
        lock (_lock)
        {
            _disposed = true;
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
            await listener.DisposeAsync().ConfigureAwait(false);

        await Network.DisposeAsync().ConfigureAwait(false);
    }
}
