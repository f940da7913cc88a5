using System.Net;

namespace Connmgr;

/// <summary>
/// Accepts inbound connections. The manager takes ownership of its listeners: it is the only caller of
/// <see cref="AcceptAsync"/>, never has two calls under way at once, and disposes the listener when it stops.
/// </summary>
public interface IConnectionListener : IAsyncDisposable
{
    /// <summary>The local address that is listened on, with the real port when the system chose it.</summary>
    EndPoint LocalEndPoint { get; }

    /// <summary>The common properties of its connections. Read once, when the manager is made. Default <see cref="ListenerProfile.Default"/>.</summary>
    ListenerProfile Profile => ListenerProfile.Default;

    /// <summary>Waits for the next inbound connection.</summary>
    /// <param name="cancellationToken">Ends the wait; the listener stays usable.</param>
    /// <returns>
    /// The accepted stream. When it implements <see cref="IStreamEndPoints"/>, its addresses are known to the manager and
    /// take part in the limits; otherwise the remote address is unknown.
    /// </returns>
    /// <exception cref="Exception">Accepting failed (out of file descriptors, for example). The manager backs off and calls again.</exception>
    ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken);
}
