using System.Threading.Channels;

namespace Connmgr.Bitcoin;

/// <summary>
/// A request that waits for its answers. <see cref="PeerRequests"/> calls <see cref="Take"/> on the peer's loop, one message at a time;
/// everything else is thread-safe.
/// </summary>
/// <param name="command">The command of the request.</param>
/// <param name="answers">The commands of its answers.</param>
internal abstract class PendingRequest(MessageCommand command, MessageCommand[] answers)
{
    /// <summary>The command of the request.</summary>
    public MessageCommand Command { get; } = command;

    /// <summary>The number of requests with the same command that were under way when this one was added. Set once.</summary>
    public int Ahead { get; set; }

    /// <summary>
    /// The timestamp from which on the peer could work on the answer: of the sending, or of the last answer to such a request. Guarded by
    /// the lock of <see cref="PeerRequests"/>.
    /// </summary>
    public long Since { get; set; }

    /// <summary>True when the request counts in the peer's statistics.</summary>
    public virtual bool IsCounted => true;

    /// <summary>True when the answer has come and waits for its turn. Read by the peer's loop.</summary>
    public virtual bool HasArrived => false;

    /// <summary>Determines whether messages with a command may be answers.</summary>
    public bool Expects(MessageCommand other) => Array.IndexOf(answers, other) >= 0;

    /// <summary>Determines whether a message that has an expected command is an answer. Runs user code.</summary>
    public abstract bool Matches(in BitcoinMessage message);

    /// <summary>Takes an answer.</summary>
    /// <param name="requests">The requests that this one is part of.</param>
    /// <param name="message">The message, valid during the call.</param>
    public abstract OfferResult Take(PeerRequests requests, in BitcoinMessage message);

    /// <summary>Ends the request without an answer.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Copies a message, so that it belongs to the program.</summary>
    protected static BitcoinMessage Copy(in BitcoinMessage message) => new(message.Command, message.Payload.ToArray());
}

/// <summary>The results of offering a message to the requests of a peer.</summary>
internal enum OfferResult
{
    /// <summary>No request waits for it.</summary>
    NotAwaited,

    /// <summary>It was an answer, and is taken.</summary>
    Taken,

    /// <summary>It is the answer of a request that has no room for it: offer it again later, before any other.</summary>
    Full,

    /// <summary>It is the pong of a ping that completes in its turn.</summary>
    InOrder,
}

/// <summary>A request with one answer.</summary>
internal sealed class PendingAnswer(MessageCommand command, MessageCommand[] answers, Func<BitcoinMessage, bool>? isAnswer)
    : PendingRequest(command, answers)
{
    private readonly TaskCompletionSource<BitcoinMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A task that completes with the answer.</summary>
    public Task<BitcoinMessage> Answer => _answer.Task;

    public override bool Matches(in BitcoinMessage message) => isAnswer?.Invoke(message) ?? true;

    public override OfferResult Take(PeerRequests requests, in BitcoinMessage message)
    {
        if (!requests.TryEnd(this, isAnswered: true))
            return OfferResult.NotAwaited; // Its caller has stopped waiting.

        _answer.SetResult(Copy(message));
        return OfferResult.Taken;
    }

    public override void Fail(Exception exception)
    {
        if (_answer.TrySetException(exception))
            _ = _answer.Task.Exception; // Observed, even if the caller has stopped waiting.
    }
}

/// <summary>A request with a stream of answers. Those that wait for their reader are part of the peer's held bytes.</summary>
internal sealed class PendingStream(
    MessageCommand command, MessageCommand[] answers, Func<BitcoinMessage, bool>? isAnswer, Func<BitcoinMessage, bool> isLast, HeldBytes held)
    : PendingRequest(command, answers)
{
    private readonly Channel<BitcoinMessage> _answers = Channel.CreateUnbounded<BitcoinMessage>(new() { SingleReader = true });

    public override bool Matches(in BitcoinMessage message) => isAnswer?.Invoke(message) ?? true;

    public override OfferResult Take(PeerRequests requests, in BitcoinMessage message)
    {
        var length = message.Payload.Length;
        if (!requests.IsUnderWay(this))
            return OfferResult.NotAwaited;
        if (!held.TryAdd(length, isRequested: true))
            return OfferResult.Full;

        try
        {
            var ends = isLast(message);
            if (!_answers.Writer.TryWrite(Copy(message)))
            {
                held.Remove(length); // Its reader has stopped.
                return OfferResult.NotAwaited;
            }

            requests.AddAnswer(this);
            if (ends && requests.TryEnd(this, isAnswered: true))
                _answers.Writer.TryComplete();
        }
        catch (Exception exception)
        {
            held.Remove(length);
            requests.TryEnd(this, isAnswered: false);
            Fail(exception);
        }

        return OfferResult.Taken;
    }

    /// <summary>Takes an answer that has arrived.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryRead(out BitcoinMessage message)
    {
        if (!_answers.Reader.TryRead(out message))
            return false;

        held.Remove(message.Payload.Length);
        return true;
    }

    /// <summary>Waits for the next answer.</summary>
    /// <returns>False at the end.</returns>
    public Task<bool> WaitToReadAsync() => _answers.Reader.WaitToReadAsync().AsTask();

    public override void Fail(Exception exception) => _answers.Writer.TryComplete(exception);

    /// <summary>Drops the answers that were not taken.</summary>
    public void Drain()
    {
        _answers.Writer.TryComplete();
        while (TryRead(out _))
        {
            // Each returns its bytes.
        }
    }
}

/// <summary>A ping whose pong completes it, in order with the messages before it unless the handler itself waits.</summary>
/// <param name="nonce">The nonce, as in the payload.</param>
/// <param name="isInOrder">True to complete only once all messages before the pong are handled.</param>
/// <param name="time">The clock.</param>
internal sealed class PendingPing(byte[] nonce, bool isInOrder, TimeProvider time) : PendingRequest(MessageCommand.Ping, [MessageCommand.Pong])
{
    private readonly TaskCompletionSource<TimeSpan> _roundTrip = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _began = time.GetTimestamp();
    private TimeSpan? _measured; // Used by the peer's loop.

    /// <summary>A task that completes with the round trip.</summary>
    public Task<TimeSpan> RoundTrip => _roundTrip.Task;

    public override bool IsCounted => false;

    public override bool HasArrived => _measured is not null;

    public override bool Matches(in BitcoinMessage message) => message.Payload.Span.StartsWith(nonce);

    public override OfferResult Take(PeerRequests requests, in BitcoinMessage message)
    {
        _measured ??= time.GetElapsedTime(_began);
        if (isInOrder)
            return OfferResult.InOrder;

        Complete(requests);
        return OfferResult.Taken;
    }

    /// <summary>Completes the ping whose pong was taken.</summary>
    public void Complete(PeerRequests requests)
    {
        if (requests.TryEnd(this, isAnswered: true))
            _roundTrip.SetResult(_measured!.Value);
    }

    public override void Fail(Exception exception)
    {
        if (_roundTrip.TrySetException(exception))
            _ = _roundTrip.Task.Exception; // Observed, even if the caller has stopped waiting.
    }
}
