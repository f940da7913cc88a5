using System.Net;

namespace Connmgr;

/// <summary>
/// Accepts inbound connections. The manager takes ownership of its listeners: it is the only caller of <see cref="AcceptAsync"/>, never
/// calls it concurrently, and disposes the listener when it stops.
/// </summary>
public interface IConnectionListener : IAsyncDisposable
{
    /// <summary>The local address, with the actual port if the system chose it.</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>
    /// The common properties of its connections. Read once, when the manager is created. Default <see cref="ListenerProfile.Default"/>.
    /// </summary>
    ListenerProfile Profile => ListenerProfile.Default;

    /// <summary>Waits for the next inbound connection.</summary>
    /// <param name="cancellationToken">Cancels the wait; the listener remains usable.</param>
    /// <returns>
    /// The accepted stream. If it implements <see cref="IStreamEndPoints"/>, the manager applies the limits to its addresses; otherwise the
    /// remote address is unknown.
    /// </returns>
    /// <exception cref="Exception">Accepting failed (out of file descriptors, for example). The manager backs off and calls again.</exception>
    ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken);
}
