using Connmgr.Bitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin;

/// <summary>
/// Sends and requests NBitcoin's payloads. They are written and read by the peer's protocol version, with witnesses if the peer offers
/// them, and by the network that the chain of the peer was created from (<see cref="NetworkExtensions.ToChainParameters"/>); by Bitcoin's
/// main network if it was not created so. Thread-safe.
/// </summary>
public static class BitcoinPeerExtensions
{
    /// <summary>Sends a payload. Completes once the stream has taken all of it: see <see cref="BitcoinPeer.SendAsync"/>.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="payload">
    /// The payload. It is written at once, into a pooled buffer, and may be changed after the call. The version of a GetHeadersPayload and a
    /// GetBlocksPayload is set.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, as for <see cref="BitcoinPeer.SendAsync"/>.</param>
    /// <exception cref="IOException">The connection has ended, or ends before the message is sent.</exception>
    /// <exception cref="ArgumentException">The payload has no valid command, or is too long.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the stream had taken all of the message.</exception>
    public static ValueTask SendAsync(this BitcoinPeer peer, Payload payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(payload);
        var command = payload.GetCommand();
        return SendAsync(peer, command, PayloadFormat.ForPeer(peer).Write(payload), cancellationToken);
    }

    /// <summary>Queues a payload without waiting: see <see cref="BitcoinPeer.TryPost"/>.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="payload">The payload, as for <see cref="SendAsync(BitcoinPeer, Payload, CancellationToken)"/>.</param>
    /// <returns>False if the message was not queued: too much waits for the peer, or the connection has ended.</returns>
    /// <exception cref="ArgumentException">The payload has no valid command, or is too long.</exception>
    public static bool TryPost(this BitcoinPeer peer, Payload payload)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(payload);
        var command = payload.GetCommand();
        using var buffer = PayloadFormat.ForPeer(peer).Write(payload);
        return peer.TryPost(command, buffer.Written.Span);
    }

    /// <summary>Sends a request and waits for its answer. Awaiting it in the peer's own handler works: see <see cref="BitcoinPeer"/>.</summary>
    /// <typeparam name="T">The type of the answer, for example <see cref="HeadersPayload"/>.</typeparam>
    /// <param name="peer">The peer.</param>
    /// <param name="request">
    /// The request, as for <see cref="SendAsync(BitcoinPeer, Payload, CancellationToken)"/>. The answer to a <see cref="GetDataPayload"/> is a
    /// block or transaction that it names.
    /// </param>
    /// <param name="isAnswer">
    /// The function that determines whether a payload is the answer; null for the next of its type. It must be quick.
    /// </param>
    /// <param name="timeout">The timeout; null for one that adapts to the peer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="KeyNotFoundException">The peer answered a <see cref="GetDataPayload"/> by notfound.</exception>
    /// <exception cref="BitcoinProtocolException"><see cref="ProtocolViolation.BadPayload"/>: the answer is malformed.</exception>
    /// <exception cref="TimeoutException">The answer did not come in time. The connection stays.</exception>
    /// <exception cref="IOException">The connection has ended, or ends before the answer.</exception>
    /// <exception cref="ArgumentException">The request has no valid command, or is too long, or the timeout is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<T> RequestAsync<T>(
        this BitcoinPeer peer,
        Payload request,
        Func<T, bool>? isAnswer = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
        where T : Payload, new()
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(request);
        var format = PayloadFormat.ForPeer(peer);
        var answer = new PayloadAnswer<T>(format, request, isAnswer);
        using var buffer = format.Write(request);
        await peer.RequestAsync(request.GetCommand(), buffer.Written, answer.Commands, answer.IsAnswer, timeout, cancellationToken).ConfigureAwait(false);
        return answer.Payload!;
    }

    private static async ValueTask SendAsync(BitcoinPeer peer, MessageCommand command, PayloadBuffer buffer, CancellationToken cancellationToken)
    {
        await using (buffer.ConfigureAwait(false))
            await peer.SendAsync(command, buffer.Written, cancellationToken).ConfigureAwait(false);
    }
}
