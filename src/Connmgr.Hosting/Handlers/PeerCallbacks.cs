using System.Collections.Concurrent;
using System.Collections.Immutable;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;

namespace Connmgr.Hosting;

/// <summary>Calls what the program registered for peers: its delegates, then its handlers, each peer's in a scope of its own. Thread-safe.</summary>
internal sealed class PeerCallbacks(IServiceScopeFactory scopes, BitcoinPeersRegistration registration)
{
    private readonly ConcurrentDictionary<BitcoinPeer, PeerScope> _peers = new();
    private readonly ImmutableArray<Func<IServiceProvider, IPeerHandler>> _factories = [.. registration.Handlers];
    private ImmutableArray<Func<BitcoinPeer, CancellationToken, ValueTask>> _onPeer;
    private ImmutableArray<Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>> _onMessage;

    /// <summary>How many peers have a scope.</summary>
    internal int ScopeCount => _peers.Count;

    /// <summary>Puts all of it behind what the options have already.</summary>
    public void AttachTo(PeerNetworkOptions options)
    {
        _onPeer = options.OnPeer is { } onPeer ? [onPeer, .. registration.OnPeer] : [.. registration.OnPeer];
        _onMessage = options.OnMessage is { } onMessage ? [onMessage, .. registration.OnMessage] : [.. registration.OnMessage];
        if (_onPeer.Length > 0 || !_factories.IsEmpty)
            options.OnPeer = OnPeerAsync;
        if (_onMessage.Length == 1 && _factories.IsEmpty)
            options.OnMessage = _onMessage[0];
        else if (_onMessage.Length > 1 || !_factories.IsEmpty)
            options.OnMessage = OnMessageAsync;
        if (!_factories.IsEmpty)
            EndScopesWithConnections(options);
    }

    private void EndScopesWithConnections(PeerNetworkOptions options)
    {
        var users = options.Configure;
        options.Configure = manager =>
        {
            users?.Invoke(manager);
            if (manager.OnConnection is { } onConnection)
                manager.OnConnection = (request, connection, token) => RunAsync(connection, onConnection(request, connection, token));
            if (manager.OnAccept is { } onAccept)
                manager.OnAccept = (connection, token) => RunAsync(connection, onAccept(connection, token));
        };
    }

    private async Task RunAsync(Connection connection, Task life)
    {
        try
        {
            await life.ConfigureAwait(false);
        }
        finally
        {
            if (connection.Session is BitcoinPeer peer && _peers.TryRemove(peer, out var scope))
                await scope.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
    {
        foreach (var onPeer in _onPeer)
            await onPeer(peer, cancellationToken).ConfigureAwait(false);
        if (_factories.IsEmpty)
            return;
        var scope = new PeerScope(scopes.CreateAsyncScope());
        _peers[peer] = scope; // Before a handler is made: whatever fails from here on, the connection's end disposes it.
        scope.Make(_factories);
        foreach (var handler in scope.Handlers)
            await handler.OnPeerAsync(peer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        foreach (var onMessage in _onMessage)
            await onMessage(peer, message, cancellationToken).ConfigureAwait(false);
        if (!_peers.TryGetValue(peer, out var scope))
            return;
        foreach (var handler in scope.Handlers)
            await handler.OnMessageAsync(peer, message, cancellationToken).ConfigureAwait(false);
    }
}
