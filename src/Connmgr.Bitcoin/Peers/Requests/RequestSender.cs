using System.Runtime.CompilerServices;

namespace Connmgr.Bitcoin;

/// <summary>Sends the requests of one peer, and waits for their answers. Thread-safe.</summary>
/// <param name="runtime">The objects that the peers share.</param>
/// <param name="requests">The requests under way.</param>
/// <param name="held">The memory of answers that wait to be taken.</param>
/// <param name="wake">The signal of the peer's loop.</param>
/// <param name="send">Sends a message to the peer.</param>
internal sealed class RequestSender(
    PeerRuntime runtime,
    PeerRequests requests,
    HeldBytes held,
    LoopSignal wake,
    Func<MessageCommand, ReadOnlyMemory<byte>, CancellationToken, ValueTask> send)
{
    /// <summary>Sends a request, and waits for its answer.</summary>
    public async Task<BitcoinMessage> RequestAsync(
        PendingAnswer request, ReadOnlyMemory<byte> payload, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        requests.Add(request);
        try
        {
            await send(request.Command, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            if (requests.TryEnd(request, isAnswered: false))
                throw;
            return await request.Answer.ConfigureAwait(false); // It was answered before the send returned, or the connection ended.
        }

        try
        {
            requests.MarkSent(request);
            return await requests.WaitAsync(request, request.Answer, timeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            requests.TryEnd(request, isAnswered: false);
        }
    }

    /// <summary>Sends a request when the enumeration begins, and returns its answers.</summary>
    public async IAsyncEnumerable<BitcoinMessage> RequestManyAsync(
        Func<HeldBytes, PendingStream> create, ReadOnlyMemory<byte> payload, TimeSpan? timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = create(held);
        requests.Add(request);
        try
        {
            await send(request.Command, payload, cancellationToken).ConfigureAwait(false);
            requests.MarkSent(request);
            while (await requests.WaitAsync(request, request.WaitToReadAsync(), timeout, cancellationToken).ConfigureAwait(false))
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested(); // Here too: the next answer may always be there already.
                    if (!request.TryRead(out var answer))
                        break;
                    wake.Set(); // There is room for another one.
                    yield return answer;
                }
            }
        }
        finally
        {
            requests.TryEnd(request, isAnswered: false);
            request.Drain();
            wake.Set();
        }
    }

    /// <summary>Sends a ping, and waits for its pong.</summary>
    /// <param name="isInOrder">True to complete only once all messages before the pong are handled.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TimeSpan> PingAsync(bool isInOrder, CancellationToken cancellationToken)
    {
        var options = runtime.Options;
        var nonce = BitConverter.GetBytes(runtime.Nonces.Next());
        var ping = new PendingPing(nonce, isInOrder, options.TimeProvider);
        requests.Add(ping);
        try
        {
            await send(MessageCommand.Ping, nonce, cancellationToken).ConfigureAwait(false);
            return await requests.WaitAsync(ping, ping.RoundTrip, options.PongTimeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            requests.TryEnd(ping, isAnswered: false);
        }
    }

    /// <summary>Checks the commands of answers.</summary>
    /// <exception cref="ArgumentException">There is none, or one without a name.</exception>
    public static MessageCommand[] Check(IReadOnlyCollection<MessageCommand> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        return answers.Count > 0 && !answers.Any(static answer => answer.IsEmpty)
            ? [.. answers]
            : throw new ArgumentException("A request needs the commands of its answers: name at least one, such as MessageCommand.Headers.", nameof(answers));
    }

    /// <summary>Checks a timeout.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or too long.</exception>
    public static TimeSpan? Check(TimeSpan? timeout) =>
        timeout is null || timeout == Timeout.InfiniteTimeSpan || (timeout > TimeSpan.Zero && timeout <= PeerRequests.LongestTimeout)
            ? timeout
            : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "Use more than zero and at most 24 days, Timeout.InfiniteTimeSpan, or null for an adaptive timeout.");
}
