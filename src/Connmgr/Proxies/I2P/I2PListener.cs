using System.Net;

namespace Connmgr;

/// <summary>
/// Accepts the peers that connect to the persistent address. It waits while there is no session, and goes on with the next one, so it never
/// fails before it is disposed. Thread-safe.
/// </summary>
/// <param name="client">Speaks with the router.</param>
/// <param name="whenSession">Waits for a session.</param>
/// <param name="getLocal">Gets the address of the listener.</param>
/// <param name="time">The clock.</param>
/// <param name="onFailure">Called with the failure of a wait for a peer.</param>
internal sealed class I2PListener(
    SamClient client, Func<CancellationToken, Task<SamSession>> whenSession, Func<EndPoint> getLocal, TimeProvider time, Action<string> onFailure)
    : IConnectionListener, IDisposable
{
    /// <summary>The failures in a row after which the session itself is taken for broken.</summary>
    private const int MaxFailures = 5;

    /// <summary>The pause after a failure. A session that ends takes the waits for peers with it, and shows its end at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _disposed = new();

    public EndPoint LocalEndPoint => getLocal();

    public ListenerProfile Profile { get; } = new() { IsI2P = true };

    public async ValueTask<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        for (var failures = 1; ; failures++)
        {
            var session = await whenSession(over.Token).ConfigureAwait(false);
            SamConnection? connection = null;
            try
            {
                connection = await client.OpenAsync(over.Token).ConfigureAwait(false);
                var peer = await client.AcceptAsync(connection, session, over.Token).ConfigureAwait(false);
                return new ProxiedStream(connection.Stream, new NetworkEndPoint(peer, 0).ToEndPoint()!, new NetworkEndPoint(session.Address, 0).ToEndPoint(), owned: null);
            }
            catch (Exception exception)
            {
                connection?.Dispose();
                over.Token.ThrowIfCancellationRequested();
                var failure = exception.Message.TrimEnd('.');
                onFailure(failure);
                if (exception is SamException { Result: "I2P_ERROR" or "INVALID_ID" } || failures >= MaxFailures)
                    session.End($"it accepts no connections: {failure}");
            }

            await Task.WhenAny(session.Ended, Task.Delay(Pause, time, over.Token)).ConfigureAwait(false);
            if (!session.Ended.IsCompleted)
                continue;
            await session.Released.WaitAsync(over.Token).ConfigureAwait(false);
            failures = 0;
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _disposed.Cancel();
}
