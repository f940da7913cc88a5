using System.Net;
using Microsoft.AspNetCore.Connections;
using IKestrelListener = Microsoft.AspNetCore.Connections.IConnectionListener;

namespace Connmgr.Tool;

/// <summary>Has Kestrel accept by <see cref="DashboardListener"/>.</summary>
/// <param name="places">The places of the connections.</param>
/// <param name="memory">Where its buffers come from.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class DashboardListenerFactory(DashboardPlaces places, IMemoryPoolFactory<byte> memory, TimeProvider timeProvider) : IConnectionListenerFactory
{
    public ValueTask<IKestrelListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(DashboardListener.Listen(endpoint, places, memory.Create(), timeProvider));
}
