using System.Net;
using System.Net.Sockets;

namespace Connmgr.Testing;

/// <summary>
/// A network in memory. Its hosts answer after a while, refuse, swallow, reset, stay silent or send slowly, and can be changed at run time;
/// listeners and dialling have the same contracts as real sockets. Time comes from a <see cref="TimeProvider"/> and chance from a seed, so a
/// run can be repeated; everything is counted, so a test can assert that nothing leaked. Thread-safe.
/// </summary>
/// <remarks>
/// With a fake clock everything happens on the thread of the test, within the call that causes it: see
/// <see cref="MemoryNetworkOptions.RunContinuationsInline"/>. An idle connection costs about a kilobyte, so tens of thousands are
/// possible.
/// </remarks>
/// <example>
/// <code>
/// var time = new FakeTimeProvider();
/// await using var network = new MemoryNetwork(new() { TimeProvider = time });
/// network.SetBehavior(peer, HostBehavior.Silent with { Latency = TimeSpan.FromMilliseconds(50) });
/// var options = new ConnectionManagerOptions { Dial = network.DialAsync, TimeProvider = time };
/// </code>
/// </example>
public sealed class MemoryNetwork : IAsyncDisposable
{
    private const int DefaultBacklog = 512;
    private const int FirstPort = 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<MemoryLink> _links = [];
    private readonly HashSet<DialWait> _waits = [];
    private readonly NetworkCounters _counters = new();
    private readonly HostDirectory _directory;
    private readonly ServiceRunner _services;
    private readonly LinkSetup _linkSetup;
    private readonly IPEndPoint _local;
    private readonly IPEndPoint _localV6;
    private volatile HostBehavior _unknownAddresses;
    private volatile Func<EndPoint, HostBehavior?>? _population;
    private volatile bool _disposed;
    private uint _portsUsed;

    /// <summary>Creates a network.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option has an invalid value; the message names it.</exception>
    public MemoryNetwork(MemoryNetworkOptions? options = null)
    {
        options ??= new MemoryNetworkOptions();
        OptionsErrors.ThrowIfAny(options);
        var inline = options.RunContinuationsInline ?? options.TimeProvider != TimeProvider.System;
        _directory = new HostDirectory(new Random(options.Seed));
        _services = new ServiceRunner(_counters, inline);
        _linkSetup = new LinkSetup(_counters, options.TimeProvider, inline, options.StreamCapacity, Forget);
        _local = new IPEndPoint(options.LocalAddress, 0);
        _localV6 = new IPEndPoint(options.LocalAddressV6, 0);
        _unknownAddresses = options.DefaultBehavior;
        _population = options.Population;
    }

    /// <summary>The behaviour of addresses that have no other. Can be changed at any time.</summary>
    public HostBehavior DefaultBehavior
    {
        get => _unknownAddresses;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _unknownAddresses = value;
        }
    }

    /// <summary>See <see cref="MemoryNetworkOptions.Population"/>. Can be changed at any time.</summary>
    public Func<EndPoint, HostBehavior?>? Population
    {
        get => _population;
        set => _population = value;
    }

    /// <summary>
    /// Dials a host. Its behaviour is determined when the dial begins, by the first of: the behaviour set for the address; a listener at it;
    /// <see cref="Population"/>; <see cref="DefaultBehavior"/>. A name is first replaced by one of its addresses (<see cref="AddName"/>),
    /// each in turn; an unknown name without a behaviour is not found.
    /// </summary>
    /// <param name="endPoint">The address, of any kind.</param>
    /// <param name="cancellationToken">Ends the dial.</param>
    /// <returns>The dialer's end of the connection, a <see cref="MemoryNetworkStream"/>, for the caller to dispose.</returns>
    /// <exception cref="ConnectFailedException">The host refused, could not be reached, or its name is unknown.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken) =>
        DialCoreAsync(localEndPoint: null, endPoint, cancellationToken);

    /// <summary>Creates a dialer with another local address, for a network with several programs in it.</summary>
    /// <param name="localEndPoint">
    /// The address to dial from. Port 0 of an <see cref="IPEndPoint"/> means another free port for each dial.
    /// </param>
    /// <returns>A function like <see cref="DialAsync"/> that dials from that address.</returns>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>> DialFrom(EndPoint localEndPoint)
    {
        ArgumentNullException.ThrowIfNull(localEndPoint);
        return (endPoint, cancellationToken) => DialCoreAsync(localEndPoint, endPoint, cancellationToken);
    }

    /// <summary>Listens at an address, exactly: there are no wildcards.</summary>
    /// <param name="endPoint">The address. Port 0 of an <see cref="IPEndPoint"/> means a free port.</param>
    /// <param name="backlog">The maximum number of connections that wait to be accepted, from 1; further dials are refused. Default 512.</param>
    /// <returns>The listener, for the caller to dispose.</returns>
    /// <exception cref="SocketException">
    /// There is a listener at the address already (<see cref="SocketError.AddressAlreadyInUse"/>).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public MemoryListener Listen(EndPoint endPoint, int backlog = DefaultBacklog)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var local = HostDirectory.Normalize(WithPort(endPoint));
        var listener = new MemoryListener(local, backlog, _linkSetup.RunContinuationsInline, _counters, _directory);
        return _directory.AddListener(listener) ? listener : throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    /// <summary>Sets the behaviour of a host. Dials and connections under way keep the previous one.</summary>
    /// <param name="endPoint">The host's address, of any kind.</param>
    /// <param name="behavior">The behaviour.</param>
    public void SetBehavior(EndPoint endPoint, HostBehavior behavior)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(behavior);
        _directory.SetBehavior(endPoint, behavior);
    }

    /// <summary>Undoes <see cref="SetBehavior"/>.</summary>
    /// <param name="endPoint">The host's address.</param>
    /// <returns>True if a behaviour was set.</returns>
    public bool ClearBehavior(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return _directory.ClearBehavior(endPoint);
    }

    /// <summary>Adds addresses to a host name. Dials of a <see cref="DnsEndPoint"/> of that name go to its addresses in turn.</summary>
    /// <param name="host">The name; case does not matter.</param>
    /// <param name="addresses">At least one address.</param>
    /// <exception cref="ArgumentException">There are no addresses.</exception>
    public void AddName(string host, params ReadOnlySpan<IPAddress> addresses)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (addresses.IsEmpty)
            throw new ArgumentException("Give at least one address; a name without any is one that is not added.", nameof(addresses));
        _directory.AddName(host, addresses);
    }

    /// <summary>Removes a host name and all its addresses.</summary>
    /// <param name="host">The name.</param>
    /// <returns>True if the name existed.</returns>
    public bool RemoveName(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return _directory.RemoveName(host);
    }

    /// <summary>Resets the connections to a host, as when it crashes.</summary>
    /// <param name="host">Its address.</param>
    /// <returns>The number of connections.</returns>
    public int ResetConnections(EndPoint host) => ForEachOpen(host, static link => link.Reset());

    /// <summary>Closes the connections of a host, by the host: their dialers read the end of the stream.</summary>
    /// <param name="host">Its address.</param>
    /// <returns>The number of connections.</returns>
    public int CloseConnections(EndPoint host) => ForEachOpen(host, static link => link.CloseByHost());

    /// <summary>Gets the figures counted so far.</summary>
    /// <returns>A snapshot.</returns>
    public MemoryNetworkStatistics GetStatistics() => _counters.Snapshot();

    /// <summary>Gets the first 100 services that threw, in order.</summary>
    /// <returns>A snapshot.</returns>
    public IReadOnlyList<ServiceFailure> GetServiceFailures() => _services.GetFailures();

    /// <summary>
    /// Checks that everything has ended: dials, streams of both ends, listeners, services, timers. Call it when the code under test has
    /// stopped. Disposing the network first hides no leak except services, which it ends.
    /// </summary>
    /// <exception cref="InvalidOperationException">Something is left; the message lists it with addresses.</exception>
    public void EnsureNoLeaks()
    {
        DialWait[] waits;
        MemoryLink[] links;
        lock (_lock)
        {
            waits = [.. _waits];
            links = [.. _links];
        }

        var report = new LeakReport();
        report.Add("dial(s) have not ended", waits, wait => $"to {wait.Host}");
        report.Add("stream(s) of dialers are not disposed", links.Where(Has(LinkSide.Dialer)), link => $"{link.Dialer}");
        report.Add("stream(s) of hosts are not disposed", links.Where(Has(LinkSide.Host)), link => $"{link.Host}");
        report.Add("service(s) have not ended", _services.GetRunning(), link => $"{link.Host}");
        report.Add("listener(s) are not disposed", _directory.GetListeners(), listener => $"{listener.LocalEndPoint}");
        report.Add("timer(s) are left", GetStatistics().Timers);
        report.ThrowIfAny();

        static Func<MemoryLink, bool> Has(LinkSide side) => link => !link.IsDisposed(side);
    }

    /// <summary>
    /// Ends dials with <see cref="ObjectDisposedException"/>, disposes listeners, resets connections, cancels the services and waits until
    /// they have ended. The owners of dialers' streams and of accepted connections still have to dispose them. Can be called any number of
    /// times.
    /// </summary>
    /// <returns>A task that completes with the last service; a service that ignores its token and its stream delays it.</returns>
    public async ValueTask DisposeAsync()
    {
        DialWait[] waits;
        MemoryLink[] links;
        lock (_lock)
        {
            _disposed = true;
            waits = [.. _waits];
            links = [.. _links];
        }

        _services.BeginStop();
        foreach (var wait in waits) wait.End(new ObjectDisposedException(nameof(MemoryNetwork)));
        foreach (var listener in _directory.GetListeners()) await listener.DisposeAsync().ConfigureAwait(false);
        foreach (var link in links) link.Reset();
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<Stream> DialCoreAsync(EndPoint? localEndPoint, EndPoint endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _counters.DialStarted();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var host = _directory.Resolve(endPoint);
            var behavior = Find(host);
            await WaitForAnswerAsync(host, behavior, cancellationToken).ConfigureAwait(false);
            var stream = Connect(localEndPoint ?? LocalFor(host), host, behavior);
            _counters.DialSucceeded();
            return stream;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _counters.DialCanceled();
            throw;
        }
        catch (Exception exception)
        {
            _counters.DialFailed((exception as ConnectFailedException)?.Cause ?? ConnectFailureCause.Unknown);
            throw;
        }
    }

    private HostBehavior Find(EndPoint host) =>
        _directory.Find(host) ?? _population?.Invoke(host) ?? (host is DnsEndPoint dns ? throw NameNotFound(dns) : _unknownAddresses);

    private async ValueTask WaitForAnswerAsync(EndPoint host, HostBehavior behavior, CancellationToken cancellationToken)
    {
        var swallowed = behavior.Answer == HostAnswer.Swallow;
        var latency = swallowed ? TimeSpan.Zero : _directory.Draw(behavior.Latency);
        if (!swallowed && latency == TimeSpan.Zero) return;
        var wait = new DialWait(host, _linkSetup.RunContinuationsInline);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waits.Add(wait);
        }

        try
        {
            var token = behavior.IgnoresCancellation ? CancellationToken.None : cancellationToken;
            await wait.RunAsync(swallowed ? null : latency, _counters, _linkSetup.TimeProvider, token).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _waits.Remove(wait);
        }
    }

    private MemoryNetworkStream Connect(EndPoint local, EndPoint host, HostBehavior behavior)
    {
        if (behavior.Answer == HostAnswer.Refuse) throw Refused(host, "the host refused");
        if (behavior.Answer == HostAnswer.Unreachable) throw Unreachable(host);
        if (behavior.Service is { } service)
        {
            var link = Open(local, host, behavior);
            _services.Start(link, service);
            return link.Dialer;
        }

        var listener = _directory.FindListener(host) ?? throw Refused(host, "nothing listens there");
        if (!listener.TryReserve()) throw Refused(host, "its listener's backlog is full");
        var accepted = Open(local, host, behavior);
        listener.Deliver(accepted);
        return accepted.Dialer;
    }

    private MemoryLink Open(EndPoint local, EndPoint host, HostBehavior behavior)
    {
        var link = new MemoryLink(_linkSetup, WithPort(local), host, behavior);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _links.Add(link);
        }

        _counters.LinkOpened();
        link.StartTimers(behavior);
        return link;
    }

    private void Forget(MemoryLink link)
    {
        lock (_lock) _links.Remove(link);
    }

    private int ForEachOpen(EndPoint host, Action<MemoryLink> action)
    {
        ArgumentNullException.ThrowIfNull(host);
        host = HostDirectory.Normalize(host);
        MemoryLink[] links;
        lock (_lock) links = [.. _links.Where(link => host.Equals(link.Host.LocalEndPoint) && !link.IsOver)];
        foreach (var link in links) action(link);
        return links.Length;
    }

    private IPEndPoint LocalFor(EndPoint host) => host.AddressFamily == AddressFamily.InterNetworkV6 ? _localV6 : _local;

    private EndPoint WithPort(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint { Port: 0 } ip) return endPoint;
        var number = Interlocked.Increment(ref _portsUsed) - 1;
        return new IPEndPoint(ip.Address, FirstPort + (int)(number % (IPEndPoint.MaxPort - FirstPort + 1)));
    }

    private static ConnectFailedException Refused(EndPoint host, string why) => Failed(
        ConnectPhase.Tcp, ConnectFailureCause.Refused, SocketError.ConnectionRefused, $"The connection to {host} was refused: {why}.");

    private static ConnectFailedException Unreachable(EndPoint host) => Failed(
        ConnectPhase.Tcp, ConnectFailureCause.Unreachable, SocketError.HostUnreachable, $"There is no route to {host}.");

    private static ConnectFailedException NameNotFound(DnsEndPoint host) => Failed(
        ConnectPhase.Resolve, ConnectFailureCause.NameNotFound, SocketError.HostNotFound, $"The host name {host.Host} has no address.");

    private static ConnectFailedException Failed(ConnectPhase phase, ConnectFailureCause cause, SocketError error, string message) =>
        new(phase, cause, message, new SocketException((int)error));
}
