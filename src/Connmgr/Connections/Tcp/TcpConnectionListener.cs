using System.Net;
using System.Net.Sockets;

namespace Connmgr;

/// <summary>
/// Accepts TCP connections at one local address. The accepted streams implement <see cref="IStreamEndPoints"/> and have the same
/// socket options as those of <see cref="TcpDialer"/>. <see cref="DisposeAsync"/> may be called at any time from any thread.
/// </summary>
public sealed class TcpConnectionListener : IConnectionListener, IDisposable
{
    private readonly Socket _socket;
    private readonly IPEndPoint _localEndPoint;
    private readonly IPEndPoint? _everyLocalEndPoint;
    private volatile bool _disposed;

    private TcpConnectionListener(Socket socket, ListenerProfile profile)
    {
        _socket = socket;
        Profile = profile;
        _localEndPoint = (IPEndPoint)socket.LocalEndPoint!;

        // A listener on a specific address need not read it from each connection.
        var isOnAny = _localEndPoint.Address.Equals(IPAddress.Any) || _localEndPoint.Address.Equals(IPAddress.IPv6Any);
        _everyLocalEndPoint = isOnAny ? null : TcpStream.Unmapped(_localEndPoint);
    }

    /// <inheritdoc/>
    public EndPoint LocalEndPoint => _localEndPoint;

    /// <inheritdoc/>
    public ListenerProfile Profile { get; }

    /// <summary>Starts to listen. Connections queue in the system from here on, until they are accepted.</summary>
    /// <param name="endPoint">
    /// The local address. With port 0 the system chooses a port, which <see cref="LocalEndPoint"/> contains.
    /// <see cref="IPAddress.IPv6Any"/> takes only IPv6 connections, as in Bitcoin Core: listen on <see cref="IPAddress.Any"/> too for both.
    /// </param>
    /// <param name="backlog">
    /// The maximum number of connections that wait to be accepted, 1 or more; the system may have a lower limit. Default 512.
    /// </param>
    /// <param name="profile">The common properties of its connections: permissions, and an onion service. Default: none.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="IOException">Listening on the address failed; the message contains the address, the reason and the remedy.</exception>
    public static TcpConnectionListener Listen(IPEndPoint endPoint, int backlog = 512, ListenerProfile? profile = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(backlog);
        var local = TcpStream.Unmapped(endPoint);
        Socket? socket = null;
        try
        {
            socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
            }

            TcpStream.Configure(socket);
            socket.Bind(local);
            socket.Listen(backlog);
            var listener = new TcpConnectionListener(socket, profile ?? ListenerProfile.Default);
            socket = null;
            return listener;
        }
        catch (SocketException exception)
        {
            throw new IOException($"cannot listen on {local}: {Reason(exception)}", exception);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>Waits for the next inbound connection. Skips connections that were reset before they were accepted.</summary>
    /// <param name="cancellationToken">Cancels the wait; the listener remains usable.</param>
    /// <returns>The connection, which belongs to the caller.</returns>
    /// <exception cref="SocketException">
    /// The system could not accept: <see cref="SocketError.TooManyOpenSockets"/> when out of file descriptors, for example. The connection
    /// stays in the queue, so an immediate retry would fail again: wait before the next call.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The listener was disposed, before or during the wait.</exception>
    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);

                // Linux copies these options from the listening socket; four system calls less for each connection.
                if (!OperatingSystem.IsLinux())
                {
                    TcpStream.Configure(accepted);
                }

                var stream = new TcpStream(accepted, accepted.RemoteEndPoint is IPEndPoint remote ? TcpStream.Unmapped(remote) : null, _everyLocalEndPoint);
                accepted = null;
                return stream;
            }
            catch (SocketException) when (_disposed)
            {
                throw new ObjectDisposedException(nameof(TcpConnectionListener), $"The listener on {_localEndPoint} was disposed.");
            }
            catch (Exception exception) when (exception is SocketException or IOException && (accepted is not null || IsOfOneConnection(exception)))
            {
                // The peer reset the connection before it was accepted: take the next one. Each iteration removes a connection from the queue, so this ends.
            }
            finally
            {
                accepted?.Dispose();
            }
        }
    }

    /// <summary>Stops listening: a pending wait ends with <see cref="ObjectDisposedException"/>, and queued connections are reset.</summary>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Disposes the listener, as <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
    }

    /// <summary>Errors that Linux's accept reports for the new connection, not for the listening socket (accept(2), "Error handling").</summary>
    private static bool IsOfOneConnection(Exception exception) => exception is SocketException
    {
        SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.TimedOut
            or SocketError.HostUnreachable or SocketError.HostDown or SocketError.NetworkUnreachable
    };

    private static string Reason(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "address in use; end the other program that listens there, or choose another port",
        SocketError.AddressNotAvailable => "not an address of this machine; use one that is, or 0.0.0.0 or [::] for all of them",
        SocketError.AccessDenied => "permission denied; ports below 1024 need a privilege, choose a higher one",
        SocketError.AddressFamilyNotSupported => "this machine does not speak that address family; use another address",
        SocketError.TooManyOpenSockets => "out of file descriptors; raise the limit (ulimit -n)",
        _ => $"{exception.Message} ({exception.SocketErrorCode})",
    };
}
