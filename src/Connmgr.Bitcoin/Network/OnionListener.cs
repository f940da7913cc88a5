using System.Net;

namespace Connmgr.Bitcoin;

/// <summary>
/// The listener behind the onion service. It listens once the address is known at which Tor reaches this machine, and moves when that
/// address changes. Thread-safe.
/// </summary>
internal sealed class OnionListener : IConnectionListener, IDisposable
{
    private readonly Lock _lock = new();
    private TcpConnectionListener? _listener;
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDisposed;

    /// <summary>The address at which it listens; port 0 of loopback while it does not.</summary>
    public EndPoint LocalEndPoint
    {
        get
        {
            lock (_lock)
                return _listener?.LocalEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0);
        }
    }

    public ListenerProfile Profile { get; } = new() { IsOnion = true };

    /// <summary>Listens at an address, unless it does already. Connections that wait at the previous address are reset.</summary>
    /// <param name="endPoint">The address. With port 0, the system chooses the port, which stays the same while the address does.</param>
    /// <returns>The address with its real port.</returns>
    /// <exception cref="IOException">The address can't be listened on; the message says why.</exception>
    public EndPoint Bind(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_listener?.LocalEndPoint is IPEndPoint bound && bound.Address.Equals(endPoint.Address)
                && (endPoint.Port == 0 || endPoint.Port == bound.Port))
            {
                return bound;
            }

            var next = TcpConnectionListener.Listen(endPoint, profile: Profile);
            _listener?.Dispose();
            _listener = next;
            _bound.TrySetResult();
            return next.LocalEndPoint;
        }
    }

    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TcpConnectionListener? listener;
            Task bound;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                (listener, bound) = (_listener, _bound.Task);
            }

            if (listener is null)
            {
                await bound.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // The listener has moved to another address, or is disposed.
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _listener?.Dispose();
            _bound.TrySetResult();
        }
    }
}
