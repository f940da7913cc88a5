using System.Net;

namespace Connmgr;

/// <summary>Dials I2P addresses under sessions that others provide. Thread-safe.</summary>
/// <param name="client">Speaks with the router.</param>
/// <param name="router">The router, for messages.</param>
/// <param name="timeout">The time limit of a dial.</param>
/// <param name="time">The clock.</param>
internal sealed class SamDialer(SamClient client, string router, TimeSpan timeout, TimeProvider time)
{
    private enum Step
    {
        Session,
        Router,
        Peer,
    }

    /// <summary>Connects to a peer.</summary>
    /// <param name="endPoint">The peer.</param>
    /// <param name="take">Takes a session.</param>
    /// <param name="release">
    /// Called with the session when there is no connection; with true if it can serve another one. Null when the session is shared; otherwise
    /// it ends with the connection.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ConnectFailedException">The attempt failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<Stream> DialAsync(
        EndPoint endPoint, Func<CancellationToken, Task<SamSession>> take, Action<SamSession, bool>? release, CancellationToken cancellationToken)
    {
        var peer = GetPeer(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = Spans.Begin(Spans.Proxy);
        using var deadline = new CancellationTokenSource(timeout, time);
        using var link = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        var step = Step.Session;
        SamSession? session = null;
        SamConnection? connection = null;
        try
        {
            session = await take(deadline.Token).ConfigureAwait(false);
            step = Step.Router;
            connection = await client.OpenAsync(deadline.Token).ConfigureAwait(false);
            step = Step.Peer;
            try
            {
                await SamClient.ConnectAsync(connection, session, peer.Address, deadline.Token).ConfigureAwait(false);
            }
            catch (SamException exception) when (SamFailure.IsOfName(exception.Result))
            {
                connection.Dispose(); // i2pd closes it.
                step = Step.Router;
                connection = await client.OpenAsync(deadline.Token).ConfigureAwait(false);
                step = Step.Peer;
                await SamClient.LookUpAndConnectAsync(connection, session, peer.Address, deadline.Token).ConfigureAwait(false);
            }

            return new ProxiedStream(connection.Stream, peer.ToEndPoint()!, new NetworkEndPoint(session.Address, 0).ToEndPoint(), release is null ? null : session);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            var result = deadline.IsCancellationRequested ? null : (exception as SamException)?.Result;
            var saysNothingOfSession = deadline.IsCancellationRequested || SamFailure.IsOfPeer(result);
            if (SamFailure.IsOfSession(result))
                session?.End($"the router knows it no more: {result}");
            if (session is not null)
                release?.Invoke(session, saysNothingOfSession);
            cancellationToken.ThrowIfCancellationRequested();
            var thrown = deadline.IsCancellationRequested ? OfTimeout(peer, step, exception) : OfFailure(peer, step, result, exception);
            Spans.Failed(scope.Span, thrown);
            throw thrown;
        }
    }

    /// <summary>Gets the address to dial. SAM 3.1 has no ports, so only port 0 is right, as in Bitcoin Core.</summary>
    private static NetworkEndPoint GetPeer(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (!NetworkEndPoint.TryFromEndPoint(endPoint, out var peer) || peer.Address.Network != AddressNetwork.I2P)
        {
            throw new ConnectFailedException(
                ConnectPhase.None, ConnectFailureCause.NameNotFound, $"cannot connect to {EndPointText.Format(endPoint)} through I2P: it is no .b32.i2p address of 52 characters");
        }

        return peer.Port == 0
            ? peer
            : throw new ConnectFailedException(
                ConnectPhase.None, ConnectFailureCause.Unreachable, Invariant($"cannot connect to {EndPointText.Format(endPoint)} through I2P: there are no ports; leave {peer.Port} out"));
    }

    private ConnectFailedException OfTimeout(NetworkEndPoint peer, Step step, Exception exception) => new(
        ConnectPhase.Proxy,
        step == Step.Peer ? ConnectFailureCause.Timeout : ConnectFailureCause.ProxyUnreachable,
        Invariant($"cannot connect to {peer.Address}: the I2P router {router} {(step == Step.Peer ? "did not reach it" : "made no session")} within {timeout}"),
        exception);

    private ConnectFailedException OfFailure(NetworkEndPoint peer, Step step, string? result, Exception exception) => new(
        ConnectPhase.Proxy,
        step == Step.Peer ? SamFailure.GetCause(result) : ConnectFailureCause.ProxyUnreachable,
        Invariant($"cannot connect to {peer.Address} through the I2P router {router}: {exception.Message}"),
        exception);
}
