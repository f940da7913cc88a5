using System.Collections.Frozen;
using System.Net.Sockets;

namespace Connmgr.Tool;

/// <summary>
/// Serves the control socket of a run to a bounded number of clients, each with bounded memory. Disposing it ends their requests and
/// removes the socket. It belongs to one data directory, whose lock outlives it.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly DataDirectory _directory;
    private readonly Socket _listener;
    private readonly ControlGreeting _greeting;
    private readonly FrozenDictionary<string, IControlHandler> _handlers;
    private readonly int _maxClients;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _clients = [];
    private readonly Task _accepting;

    private ControlServer(
        DataDirectory directory, Socket listener, ControlGreeting greeting, IEnumerable<IControlHandler> handlers, int maxClients, TimeProvider timeProvider)
    {
        (_directory, _listener, _greeting, _maxClients, _timeProvider) = (directory, listener, greeting, maxClients, timeProvider);
        _handlers = handlers.ToFrozenDictionary(handler => handler.Name, StringComparer.Ordinal);
        _accepting = AcceptAsync();
    }

    /// <summary>Starts a server.</summary>
    /// <param name="directory">The directory. Its lock is held until the server has been disposed.</param>
    /// <param name="network">The name of the run's network.</param>
    /// <param name="handlers">The commands.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="maxClients">The most clients at a time.</param>
    /// <exception cref="ToolException">The server can't start.</exception>
    public static ControlServer Start(
        DataDirectory directory, string network, IEnumerable<IControlHandler> handlers, TimeProvider timeProvider, int maxClients = ControlProtocol.MaxClients)
    {
        try
        {
            var greeting = new ControlGreeting(ControlProtocol.Version, Environment.ProcessId, network);
            return new ControlServer(directory, ControlSocket.Listen(directory), greeting, handlers, maxClients, timeProvider);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                $"can't serve a control socket in the data directory '{directory.Path}': {exception.Message} Give another --data-dir.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        _stopping.Dispose();
        try
        {
            ControlSocket.Remove(_directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The directory is gone or no longer writable. No one listens at a socket that is left, and the next run replaces it.
        }
    }

    /// <summary>Accepts clients until the server stops, and then waits for them.</summary>
    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                _clients.RemoveWhere(served => served.IsCompleted);
                _clients.Add(ServeAsync(client, isOneTooMany: _clients.Count >= _maxClients));
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                break;
            }
            catch (SocketException)
            {
                // For example, out of file descriptors: clients wait in the backlog.
                await Task.Delay(PauseAfterFailure, _timeProvider, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_clients).ConfigureAwait(false);
    }

    private async Task ServeAsync(Socket client, bool isOneTooMany)
    {
        await Task.Yield(); // Accept the next client meanwhile.
        using var owned = client;
        try
        {
            if (!PeerCredentials.AreTrusted(client))
                return;
            var stream = new NetworkStream(client);
            await using (stream.ConfigureAwait(false))
            {
                using var session = new ControlSession(stream, _greeting, _handlers, _timeProvider);
                await (isOneTooMany ? session.RefuseAsync(_maxClients, _stopping.Token) : session.RunAsync(_stopping.Token)).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // The client was gone before its credentials could be read.
        }
    }
}
