using System.Net;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>Speaks SAM 3.1 with an I2P router: makes sessions, and connects and accepts streams under them. Thread-safe.</summary>
internal sealed class SamClient
{
    /// <summary>The usual port of a router's SAM bridge.</summary>
    public const int DefaultPort = 7656;

    private const int IdBytes = 5;
    private const int TunnelsOfListener = 3;

    private readonly EndPoint _router;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect;
    private readonly TimeSpan _setUpTimeout;
    private readonly TimeProvider _time;
    private readonly string _tunnelLength;

    /// <summary>Creates a client. Nothing is connected yet.</summary>
    /// <param name="router">The router's SAM port.</param>
    /// <param name="options">Valid options.</param>
    public SamClient(EndPoint router, I2PControllerOptions options)
    {
        _router = router;
        _connect = options.Connect ?? ProxyConnector.For(router);
        _setUpTimeout = options.SetupTimeout;
        _time = options.TimeProvider;
        _tunnelLength = options.TunnelLength is { } length ? Invariant($" inbound.length={length} outbound.length={length}") : string.Empty;
    }

    /// <summary>Connects to the router, within the time for that.</summary>
    /// <returns>The connection, past its greeting.</returns>
    /// <exception cref="SamException">The router could not be reached, or is not one.</exception>
    public async Task<SamConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var setUp = new CancellationTokenSource(_setUpTimeout, _time);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), setUp);
        SamConnection? connection = null;
        try
        {
            connection = new SamConnection(await _connect(_router, setUp.Token).ConfigureAwait(false));
            using (CloseAtEnd(connection, setUp.Token))
                await connection.RequestAsync("HELLO VERSION MIN=3.1 MAX=3.1", "HELLO", "REPLY", setUp.Token).ConfigureAwait(false);
            setUp.Token.ThrowIfCancellationRequested();
            return connection;
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw setUp.IsCancellationRequested ? new SamException($"the router did not answer within {_setUpTimeout}", innerException: exception)
                : exception as SamException ?? new SamException($"the router can't be reached: {exception.Message.TrimEnd('.')}", innerException: exception);
        }
    }

    /// <summary>Has the router make a private key.</summary>
    /// <exception cref="SamException">It does not.</exception>
    public async Task<byte[]> GenerateKeyAsync(CancellationToken cancellationToken)
    {
        using var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        using var close = CloseAtEnd(connection, cancellationToken);
        var reply = await connection.RequestAsync("DEST GENERATE SIGNATURE_TYPE=7", "DEST", "REPLY", cancellationToken).ConfigureAwait(false);
        return reply["PRIV"] is { } text && I2PDestination.TryDecode(text, out var key) && I2PDestination.IsPrivateKey(key)
            ? key
            : throw new SamException("the router's reply to DEST GENERATE has no private key");
    }

    /// <summary>Makes a session. The router builds its tunnels first, which takes seconds, or minutes.</summary>
    /// <param name="key">The private key of its destination; null for one that the router makes, and forgets with the session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SamException">The router refused, or could not be reached.</exception>
    public async Task<SamSession> CreateSessionAsync(byte[]? key, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
        var destination = key is null ? "TRANSIENT SIGNATURE_TYPE=7" : I2PDestination.Encode(key);
        var tunnels = key is null ? 1 : TunnelsOfListener;
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var close = CloseAtEnd(connection, cancellationToken);
            var reply = await connection.RequestAsync(
                Invariant($"SESSION CREATE STYLE=STREAM ID={id} DESTINATION={destination} i2cp.leaseSetEncType=4,0 inbound.quantity={tunnels} outbound.quantity={tunnels}{_tunnelLength}"),
                "SESSION",
                "STATUS",
                cancellationToken).ConfigureAwait(false);
            if (reply["DESTINATION"] is not { } text || !I2PDestination.TryDecode(text, out var own) || !I2PDestination.TryGetAddress(own, out var address))
                throw new SamException("the router's reply to SESSION CREATE has no destination");
            return new SamSession(connection, id, address);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Connects to a peer by its name, on a connection that is only for this: the router finds the peer through the tunnels of the session. i2pd and
    /// Java I2P take names; a router that does not refuses the name as a key that is invalid.
    /// </summary>
    /// <exception cref="SamException">The router refused, or did not reach it.</exception>
    public static Task ConnectAsync(SamConnection connection, SamSession session, NetworkAddress peer, CancellationToken cancellationToken) =>
        ConnectAsync(connection, session, peer.ToString(), cancellationToken);

    /// <summary>
    /// Connects to a peer by its destination, which the router looks up first. For routers that take no names; slower, since the look-up goes through
    /// tunnels of the router's own.
    /// </summary>
    /// <exception cref="SamException">The router refused, or did not find or reach it.</exception>
    public static async Task LookUpAndConnectAsync(SamConnection connection, SamSession session, NetworkAddress peer, CancellationToken cancellationToken)
    {
        string? destination;
        using (CloseAtEnd(connection, cancellationToken))
        {
            var found = await connection.RequestAsync(Invariant($"NAMING LOOKUP NAME={peer}"), "NAMING", "REPLY", cancellationToken).ConfigureAwait(false);
            destination = found["VALUE"];
        }

        if (destination is null || !I2PDestination.TryDecode(destination, out var bytes) || !I2PDestination.TryGetAddress(bytes, out var address) || address != peer)
            throw new SamException(Invariant($"the router's reply to NAMING LOOKUP is not the destination of {peer}"));
        await ConnectAsync(connection, session, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for a peer that connects to a session, without a time limit once the router has answered that it waits.</summary>
    /// <returns>The address of the peer, whose bytes are the next ones of the connection.</returns>
    /// <exception cref="SamException">The router refused, or ended the wait.</exception>
    public async Task<NetworkAddress> AcceptAsync(SamConnection connection, SamSession session, CancellationToken cancellationToken)
    {
        await BeginAcceptAsync(connection, session, cancellationToken).ConfigureAwait(false);
        string line;
        using (CloseAtEnd(connection, cancellationToken))
            line = await connection.ReadLineAsync(cancellationToken).ConfigureAwait(false);

        cancellationToken.ThrowIfCancellationRequested();
        var space = line.IndexOf(' ', StringComparison.Ordinal); // Ports may follow, as of SAM 3.2.
        if (I2PDestination.TryDecode(space < 0 ? line : line[..space], out var bytes) && I2PDestination.TryGetAddress(bytes, out var address))
            return address;

        // The end of a session is reported here, too.
        SamConnection.Check(line, "STREAM", "STATUS");
        throw new SamException($"the router sent '{SamReply.Printable(line)}' instead of a destination");
    }

    private static async Task ConnectAsync(SamConnection connection, SamSession session, string destination, CancellationToken cancellationToken)
    {
        using (CloseAtEnd(connection, cancellationToken))
            await connection.RequestAsync($"STREAM CONNECT ID={session.Id} DESTINATION={destination} SILENT=false", "STREAM", "STATUS", cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Asks the router to wait for a peer, within the time for that.</summary>
    private async Task BeginAcceptAsync(SamConnection connection, SamSession session, CancellationToken cancellationToken)
    {
        using var setUp = new CancellationTokenSource(_setUpTimeout, _time);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), setUp);
        try
        {
            using (CloseAtEnd(connection, setUp.Token))
                await connection.RequestAsync($"STREAM ACCEPT ID={session.Id} SILENT=false", "STREAM", "STATUS", setUp.Token).ConfigureAwait(false);
            setUp.Token.ThrowIfCancellationRequested();
        }
        catch (Exception exception) when (setUp.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SamException($"the router did not answer STREAM ACCEPT within {_setUpTimeout}", innerException: exception);
        }
    }

    /// <summary>Closes a connection when a token is cancelled, which also ends a read that ignores it.</summary>
    private static CancellationTokenRegistration CloseAtEnd(SamConnection connection, CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static connection => ((SamConnection)connection!).Dispose(), connection);
}
