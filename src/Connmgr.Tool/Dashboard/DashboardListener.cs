using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using IKestrelListener = Microsoft.AspNetCore.Connections.IConnectionListener;

namespace Connmgr.Tool;

/// <summary>
/// Accepts the connections of a dashboard. Kestrel's own listener limits neither the connections of a host nor silent ones, and spins when
/// the process is out of file descriptors. Each connection has its <see cref="DashboardPlace"/> as a feature.
/// </summary>
internal sealed class DashboardListener : IKestrelListener, IMemoryPoolFeature
{
    private const int Backlog = 128;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly DashboardPlaces _places;
    private readonly MemoryPool<byte> _memory;
    private readonly TimeProvider _timeProvider;
    private readonly SocketConnectionContextFactory _factory = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly ConcurrentDictionary<DashboardPlace, ConnectionContext> _connections = [];
    private readonly CancellationTokenSource _unbound = new();

    private DashboardListener(Socket socket, DashboardPlaces places, MemoryPool<byte> memory, TimeProvider timeProvider) =>
        (_socket, _places, _memory, _timeProvider, EndPoint) = (socket, places, memory, timeProvider, socket.LocalEndPoint!);

    public EndPoint EndPoint { get; }

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => _memory;

    /// <summary>Starts to listen.</summary>
    /// <param name="endPoint">The local endpoint.</param>
    /// <param name="places">The places of the connections.</param>
    /// <param name="memory">The pool for Kestrel's answers. Disposed together with the listener.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="IOException">The endpoint can't be listened at.</exception>
    public static DashboardListener Listen(EndPoint endPoint, DashboardPlaces places, MemoryPool<byte> memory, TimeProvider timeProvider)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
            socket.Listen(Backlog);
            var listener = new DashboardListener(socket, places, memory, timeProvider);
            socket = null;
            return listener;
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>Accepts the next connection.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The connection; null when the listener was unbound.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (Open(socket) is { } connection)
                    return connection;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException && _unbound.IsCancellationRequested)
            {
                break;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The client was gone before it was accepted.
            }
            catch (SocketException)
            {
                // For example, out of file descriptors: clients wait in the backlog.
                await Task.Delay(PauseAfterFailure, _timeProvider, _unbound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        _factory.Dispose();
        _memory.Dispose();
    }

    /// <summary>Gives a connection a place, and closes the connection that makes room for it.</summary>
    /// <returns>The connection; null when it is already gone.</returns>
    private ConnectionContext? Open(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            var host = ClientHost.From((socket.RemoteEndPoint as IPEndPoint)?.Address);
            var connection = _factory.Create(socket);
            var place = _places.Take(host, out var displaced);
            if (displaced is not null && _connections.TryRemove(displaced, out var closed))
                closed.Abort(new ConnectionAbortedException("Its place was needed for another connection."));
            connection.Features.Set(place);
            connection.Features.Set<IMemoryPoolFeature>(this); // The factory's pool may lend empty buffers, to which Kestrel can't write.
            _connections[place] = connection;
            connection.ConnectionClosed.UnsafeRegister(_ => Leave(place), state: null);
            return connection;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Leave(DashboardPlace place)
    {
        _places.Leave(place);
        _connections.TryRemove(place, out _);
    }
}

/// <summary>Makes Kestrel use <see cref="DashboardListener"/>.</summary>
/// <param name="places">The places of the connections.</param>
/// <param name="memory">The source of memory pools.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class DashboardListenerFactory(DashboardPlaces places, IMemoryPoolFactory<byte> memory, TimeProvider timeProvider) : IConnectionListenerFactory
{
    public ValueTask<IKestrelListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(DashboardListener.Listen(endpoint, places, memory.Create(), timeProvider));
}
