using System.Collections.Concurrent;
using System.Collections.Immutable;
using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;

namespace Connmgr.Hosting;

/// <summary>Calls the program's delegates and handlers for peers: first the delegates, then the handlers, from one service scope per peer. Thread-safe.</summary>
internal sealed class PeerCallbacks(IServiceScopeFactory scopes, BitcoinPeersRegistration registration)
{
    private readonly ConcurrentDictionary<BitcoinPeer, PeerScope> _peers = new();
    private readonly ImmutableArray<Func<IServiceProvider, IPeerHandler>> _factories = [.. registration.Handlers];
    private ImmutableArray<Func<BitcoinPeer, CancellationToken, ValueTask>> _onPeer;
    private ImmutableArray<Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>> _onMessage;

    /// <summary>Appends the callbacks to those that the options already have.</summary>
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
        var inner = options.Configure;
        options.Configure = manager =>
        {
            inner?.Invoke(manager);
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
            if (connection.UserState is BitcoinPeer peer && _peers.TryRemove(peer, out var scope))
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
        _peers[peer] = scope; // Before a handler is created, so that the end of the connection disposes the scope even if that fails.
        scope.CreateHandlers(_factories);
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

    /// <summary>The services and handlers of one peer.</summary>
    private sealed class PeerScope(AsyncServiceScope scope) : IAsyncDisposable
    {
        public ImmutableArray<IPeerHandler> Handlers { get; private set; } = [];

        public void CreateHandlers(ImmutableArray<Func<IServiceProvider, IPeerHandler>> factories) =>
            Handlers = [.. factories.Select(create => create(scope.ServiceProvider))];

        public ValueTask DisposeAsync() => scope.DisposeAsync();
    }
}
