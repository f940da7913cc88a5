using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;

namespace Connmgr.Hosting;

/// <summary>The services and handlers of one peer.</summary>
internal sealed class PeerScope(AsyncServiceScope scope) : IAsyncDisposable
{
    public ImmutableArray<IPeerHandler> Handlers { get; private set; } = [];

    /// <summary>Makes the handlers.</summary>
    public void Make(ImmutableArray<Func<IServiceProvider, IPeerHandler>> factories) =>
        Handlers = [.. factories.Select(make => make(scope.ServiceProvider))];

    public ValueTask DisposeAsync() => scope.DisposeAsync();
}
