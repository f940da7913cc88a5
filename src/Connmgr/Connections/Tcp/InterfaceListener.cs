using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.NetworkInformation;

namespace Connmgr;

/// <summary>
/// Accepts TCP connections at each address of a network interface, those valid on one link only excepted. It follows the interface: it begins to
/// listen on addresses that the interface gets later, and stops listening on those that it loses, within seconds where the system reports
/// changes, otherwise within a minute. <see cref="DisposeAsync"/> may be called at any time from any thread.
/// </summary>
public sealed class InterfaceListener : IConnectionListener, IDisposable
{
    /// <summary>The pause between two readings of the interface: a host of the LAN may cause any number of changes.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The time after which the interface is read again in any case.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>The failures to listen on one address, or to read the interface, a second apart, after which this is reported. A new IPv6 address cannot be used for the first second or two.</summary>
    private const int ReportedFailure = 3;

    private readonly string _name;
    private readonly int _port;
    private readonly Func<string, ImmutableArray<IPAddress>?> _read;
    private readonly TimeProvider _time;
    private readonly bool _observes;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private ImmutableArray<Part> _parts = [];
    private TaskCompletionSource _changed = NewSignal();
    private bool _isDisposed;

    // Used by AcceptAsync alone, which is never called concurrently.
    private readonly Dictionary<IPAddress, int> _failures = []; // Of addresses that the interface has.
    private long _readAt;
    private int _unread; // The readings in a row that failed.
    private int _turn; // The part that is looked at first, so that a busy address does not starve the others.

    private volatile IPEndPoint _localEndPoint;

    private InterfaceListener(string name, int port, ListenerProfile profile, Func<string, ImmutableArray<IPAddress>?> read, TimeProvider time, bool observes)
    {
        (_name, _port, _read, _time) = (name, port, read, time);
        Profile = profile;
        try
        {
            foreach (var address in InterfaceAddresses.Get(name, read))
                _parts = _parts.Add(Begin(address));
        }
        catch
        {
            foreach (var part in _parts)
                part.Listener.Dispose();
            throw;
        }

        _localEndPoint = _parts[0].EndPoint;
        _readAt = time.GetTimestamp();
        _observes = observes && TryObserve();
    }

    /// <summary>The first of <see cref="LocalEndPoints"/>; the last known one while there is none.</summary>
    public EndPoint LocalEndPoint => _localEndPoint;

    /// <summary>The addresses at which it listens now, with their actual ports; empty while the interface has none.</summary>
    public ImmutableArray<IPEndPoint> LocalEndPoints
    {
        get
        {
            lock (_lock)
                return [.. _parts.Select(static part => part.EndPoint)];
        }
    }

    /// <inheritdoc/>
    public ListenerProfile Profile { get; }

    /// <summary>The callback for a change of <see cref="LocalEndPoints"/>. Must be quick. Set before the first connection is accepted.</summary>
    internal Action? OnChanged { get; set; }

    /// <summary>Starts to listen on each address that an interface has.</summary>
    /// <param name="name">The name of the interface, such as <c>eth0</c>.</param>
    /// <param name="port">The port; 0 lets the system choose one for each address.</param>
    /// <param name="profile">The common properties of its connections: permissions, and an onion service. Default: none.</param>
    /// <param name="timeProvider">The clock. Default <see cref="TimeProvider.System"/>.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">
    /// There is no such interface, it has no address, or listening on one failed; the message contains the reason and the remedy.
    /// </exception>
    public static InterfaceListener Listen(string name, int port, ListenerProfile? profile = null, TimeProvider? timeProvider = null) =>
        Listen(name, port, profile, timeProvider, InterfaceAddresses.Find, observes: true);

    /// <summary>Starts to listen on the addresses that a function reads. For tests.</summary>
    internal static InterfaceListener Listen(
        string name, int port, ListenerProfile? profile, TimeProvider? timeProvider, Func<string, ImmutableArray<IPAddress>?> read, bool observes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new InterfaceListener(name, port, profile ?? ListenerProfile.Default, read, timeProvider ?? TimeProvider.System, observes);
    }

    /// <summary>
    /// Waits for the next inbound connection at any of the addresses, and meanwhile follows the interface. Otherwise as
    /// <see cref="TcpConnectionListener.AcceptAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait; the listener remains usable.</param>
    /// <returns>The connection, which belongs to the caller.</returns>
    /// <exception cref="IOException">A new address can't be listened on, or the interface can't be read. It is tried again with the next call; meanwhile the addresses stay.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The system could not accept; see <see cref="TcpConnectionListener.AcceptAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The listener was disposed, before or during the wait.</exception>
    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (changed, pending) = Prepare();
            var due = GetDue(changed.IsCompleted);
            if (due <= TimeSpan.Zero)
            {
                await FollowAsync().ConfigureAwait(false);
                continue;
            }

            if (TryTakeAccepted(out var accepted))
                return await accepted.ConfigureAwait(false);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var pause = Task.Delay(TimerWait.RoundUp(due), _time, wake.Token);
            await Task.WhenAny(changed.IsCompleted ? [pause, .. pending] : [pause, changed, .. pending]).ConfigureAwait(false);
            await wake.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Notifies the listener that the addresses of the interface may have changed.</summary>
    internal void NotifyChanged()
    {
        lock (_lock)
            _changed.TrySetResult();
    }

    /// <summary>Stops listening: a pending wait ends with <see cref="ObjectDisposedException"/>, and queued connections are reset.</summary>
    /// <returns>A task that completes when all is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in TakeAll())
            await CloseAsync(part).ConfigureAwait(false);
    }

    /// <summary>Disposes the listener, as <see cref="DisposeAsync"/>, for use before the first connection is accepted.</summary>
    public void Dispose()
    {
        foreach (var part in TakeAll())
            part.Listener.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closes a part, and the connection that it has accepted meanwhile.</summary>
    private static async Task CloseAsync(Part part)
    {
        await part.Listener.DisposeAsync().ConfigureAwait(false);
        if (part.Accept is not { } accept)
            return;
        await ((Task)accept).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (accept.IsCompletedSuccessfully)
            await (await accept.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    private Part Begin(IPAddress address) => new(address, TcpConnectionListener.Listen(new IPEndPoint(address, _port), profile: Profile));

    private ImmutableArray<Part> TakeAll()
    {
        if (_observes)
            NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
        lock (_lock)
        {
            var parts = _parts;
            (_parts, _isDisposed) = ([], true);
            _changed.TrySetResult();
            return parts;
        }
    }

    /// <summary>Has each address accept a connection.</summary>
    private (Task Changed, ImmutableArray<Task> Pending) Prepare()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            foreach (var part in _parts)
                part.Accept ??= part.Listener.AcceptAsync(CancellationToken.None).AsTask();
            return (_changed.Task, [.. _parts.Select(static part => part.Accept!)]);
        }
    }

    /// <summary>Takes an accept that has ended, of each address in turn.</summary>
    private bool TryTakeAccepted([NotNullWhen(true)] out Task<Stream>? accepted)
    {
        accepted = null;
        lock (_lock)
        {
            for (var i = 0; i < _parts.Length; i++)
            {
                var index = (_turn + i) % _parts.Length;
                if (_parts[index].Accept is not { IsCompleted: true } ended)
                    continue;
                (accepted, _parts[index].Accept, _turn) = (ended, null, index + 1);
                return true;
            }
        }

        return false;
    }

    private TimeSpan GetDue(bool hasChanged) => (hasChanged || _failures.Values.Any(static count => count < ReportedFailure) ? Pause : Interval) - _time.GetElapsedTime(_readAt);

    /// <summary>Closes the listeners on addresses that are gone, and opens those on new ones.</summary>
    private async Task FollowAsync()
    {
        _readAt = _time.GetTimestamp();
        lock (_lock)
        {
            if (_changed.Task.IsCompleted && !_isDisposed)
                _changed = NewSignal(); // Before the reading: what changes later is read again.
        }

        ImmutableArray<IPAddress> wanted;
        try
        {
            wanted = _read(_name) ?? [];
            _unread = 0;
        }
        catch (IOException)
        {
            NotifyChanged(); // It is read again after a pause.
            if (++_unread == ReportedFailure)
                throw;
            return;
        }

        var (lost, added) = RemoveAllBut(wanted);
        foreach (var part in lost)
            await CloseAsync(part).ConfigureAwait(false);
        foreach (var gone in _failures.Keys.Except(wanted).ToArray())
            _failures.Remove(gone);
        IOException? failure = null;
        foreach (var address in added)
            failure = TryAdd(address) ?? failure;
        if (LocalEndPoints is [var first, ..])
            _localEndPoint = first;
        if (!lost.IsEmpty || !added.IsEmpty)
            OnChanged?.Invoke();
        if (failure is not null)
            throw failure;
    }

    private (ImmutableArray<Part> Lost, ImmutableArray<IPAddress> Added) RemoveAllBut(ImmutableArray<IPAddress> wanted)
    {
        lock (_lock)
        {
            var lost = _parts.RemoveAll(part => wanted.Contains(part.Address));
            var kept = _parts = _parts.RemoveAll(lost.Contains);
            return (lost, [.. wanted.Where(address => !kept.Any(part => part.Address.Equals(address)))]);
        }
    }

    /// <summary>Listens on a new address.</summary>
    /// <returns>The failure to report; null for none.</returns>
    private IOException? TryAdd(IPAddress address)
    {
        try
        {
            var part = Begin(address);
            lock (_lock)
            {
                if (!_isDisposed)
                {
                    _parts = _parts.Add(part);
                    part = null;
                }
            }

            part?.Listener.Dispose();
            _failures.Remove(address);
            return null;
        }
        catch (IOException exception)
        {
            var count = _failures[address] = _failures.GetValueOrDefault(address) + 1;
            return count == ReportedFailure ? exception : null;
        }
    }

    private bool TryObserve()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
            return true;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return false; // The interface is read every minute.
        }
    }

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => NotifyChanged();

    /// <summary>The listener on one address.</summary>
    private sealed class Part(IPAddress address, TcpConnectionListener listener)
    {
        /// <summary>The address as the interface has it.</summary>
        public IPAddress Address => address;

        public TcpConnectionListener Listener => listener;

        public IPEndPoint EndPoint { get; } = (IPEndPoint)listener.LocalEndPoint;

        /// <summary>The connection that is awaited, or that was accepted; null for none. Guarded by the lock.</summary>
        public Task<Stream>? Accept { get; set; }
    }
}
