using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>
/// Drives a peer through any interleaving of messages, answers, requests from the handler and elsewhere, cancellations, streams and the end.
/// </summary>
public sealed class PeerRequestsPropertyTests
{
    private const int Topics = 3;
    private const int StreamTopic = Topics;

    private static readonly MessageCommand Ask = new("ask");
    private static readonly MessageCommand Reply = new("reply");
    private static readonly MessageCommand Work = new("work");

    private static readonly Gen<Step> AnyStep = Gen.Select(
        Gen.Frequency(
            (4, Gen.Const(StepKind.Work)),
            (6, Gen.Const(StepKind.Reply)),
            (3, Gen.Const(StepKind.Ask)),
            (1, Gen.Const(StepKind.Stream)),
            (1, Gen.Const(StepKind.Cancel)),
            (1, Gen.Const(StepKind.Ping)),
            (2, Gen.Const(StepKind.Pause))),
        Gen.Int[0, Topics],
        Gen.Frequency((4, Gen.Int[0, 60]), (2, Gen.Int[3000, 5000]), (1, Gen.Int[10_000, 40_000])),
        Gen.Frequency((2, Gen.Const(WorkKind.Quick)), (2, Gen.Const(WorkKind.Yields)), (4, Gen.Const(WorkKind.Asks)), (1, Gen.Const(WorkKind.Rejects))),
        (kind, topic, size, work) => new Step(kind, topic, size, work));

    private enum StepKind
    {
        Work,
        Reply,
        Ask,
        Stream,
        Cancel,
        Ping,
        Pause,
    }

    private enum WorkKind
    {
        Quick,
        Yields,
        Asks,
        Rejects,
    }

    [Fact]
    public Task Requests_AnyInterleaving_KeepTheOrderAndLeakNothing() => Gen.Select(AnyStep.Array[1, 60], Gen.Bool, Gen.Int[1, 7000]).SampleAsync(
        async (steps, breaks, chunk) => await new Run(breaks, chunk).PlayAsync(steps),
        iter: Effort.Of(400),
        threads: 1);

    private sealed record Step(StepKind Kind, int Topic, int Size, WorkKind Work);

    private sealed class Question(int topic, int number)
    {
        public int Topic { get; } = topic;

        public int Number { get; } = number;

        public CancellationTokenSource Cancel { get; } = new();

        /// <summary>The number of the reply; null if none came.</summary>
        public int? Reply { get; set; }

        public bool WasCanceled { get; set; }
    }

    private sealed class Run(bool breaks, int chunk)
    {
        private readonly Lock _lock = new();
        private readonly CountingPool _pool = new();
        private readonly FakeStream _stream = new FakeStream().Feed(Frames.Handshake());
        private readonly List<Question> _questions = []; // In the order of the calls. Guarded by _lock.
        private readonly List<int> _handled = []; // The numbers of messages that the handler got.
        private readonly List<List<int>> _streams = [];
        private readonly List<Task> _tasks = [];
        private int _sent;
        private int _isHandling;

        public async Task PlayAsync(Step[] steps)
        {
            var token = TestContext.Current.CancellationToken;
            var bitcoin = new BitcoinProtocol(new() { Chain = Frames.Chain, BufferPool = _pool, TimeProvider = new FakeTimeProvider() });
            var peer = await bitcoin.HandshakeAsync(_stream, ConnectionDirection.Outbound, null, token);
            var run = peer.RunAsync(HandleAsync, token);
            var (replies, pings) = (new Dictionary<int, int>(), 0);
            foreach (var step in steps)
            {
                switch (step.Kind)
                {
                    case StepKind.Work:
                        Feed(Work, (byte)step.Work, step.Topic % Topics, step.Size);
                        break;
                    case StepKind.Reply:
                        replies[_sent] = step.Topic;
                        Feed(Reply, 0, step.Topic, step.Size);
                        break;
                    case StepKind.Ask:
                        _tasks.Add(AskAsync(peer, step.Topic % Topics));
                        break;
                    case StepKind.Stream:
                        _tasks.Add(StreamAsync(peer, step.Size % 4));
                        break;
                    case StepKind.Cancel:
                        Question? canceled;
                        lock (_lock)
                            canceled = _questions.LastOrDefault(static question => question.Reply is null);
                        if (canceled is not null)
                            await canceled.Cancel.CancelAsync();
                        break;
                    case StepKind.Ping:
                        _stream.Feed(Frames.Nonce("ping", (ulong)++pings));
                        break;
                    default:
                        await Task.Yield();
                        break;
                }
            }

            var failure = new IOException("reset");
            if (breaks)
                _stream.FailAtEnd(failure);
            else
                _stream.End();
            var end = await Record.ExceptionAsync(() => run.WaitAsync(TimeSpan.FromSeconds(60), token));
            Assert.Same(breaks ? failure : null, end);
            await Task.WhenAll(_tasks).WaitAsync(TimeSpan.FromSeconds(60), token);

            AssertOrder(replies);
            Assert.Equal(pings, (await Frames.CommandsAsync(_stream.Written)).Count(static command => command is "pong"));
            Assert.Equal(0, _pool.RentedBytes);
            Assert.Equal((0, 0), bitcoin.Budget.Used);
            var answered = _questions.Count(static question => question.Reply is not null) + _streams.Count(static stream => stream is [.., -1]);
            var stopped = _streams.Count(static stream => stream is not [.., -1]); // Perhaps after the last answer had come.
            Assert.InRange(peer.RequestsAnswered, answered, answered + stopped);
            await Assert.ThrowsAsync<IOException>(() => peer.RequestAsync(Ask, default, Reply, cancellationToken: token));
        }

        private void AssertOrder(Dictionary<int, int> replies)
        {
            Assert.Equal(_handled.Order(), _handled);
            var taken = _questions.Where(static question => question.Reply is not null).Select(static question => question.Reply!.Value).ToList();
            Assert.Equal(taken.Count, taken.Distinct().Count());
            Assert.Empty(taken.Intersect(_handled));
            Assert.All(_questions.Where(static question => question.Reply is not null), question => Assert.Equal(question.Topic, replies[question.Reply!.Value]));
            foreach (var topic in _questions.GroupBy(static question => question.Topic))
            {
                var answered = topic.Where(static question => question.Reply is not null).ToList();
                Assert.Equal(answered.Select(static question => question.Reply!.Value).Order(), answered.Select(static question => question.Reply!.Value));
                Assert.All(topic.Where(static question => question is { Reply: null, WasCanceled: false }), question =>
                    Assert.DoesNotContain(answered, later => later.Number > question.Number));
            }

            // Every message is handled once: by a request, or else by the handler.
            var streamed = _streams.SelectMany(static stream => stream).Where(static number => number >= 0).ToList();
            Assert.All(_streams, stream => Assert.Equal(stream.Where(static number => number >= 0).Order(), stream.Where(static number => number >= 0)));
            var lost = Enumerable.Range(0, _sent).Except(taken).Except(_handled).Except(streamed).ToList();
            Assert.All(lost, number => Assert.Equal(StreamTopic, replies[number])); // Those of a stream whose reader stopped.
            Assert.Equal(streamed.Count, streamed.Except(taken).Except(_handled).Distinct().Count());
        }

        /// <summary>Feeds a message: its kind and topic, its number, and a content that depends on it.</summary>
        private void Feed(MessageCommand command, byte kind, int topic, int size)
        {
            var payload = new byte[6 + size];
            (payload[0], payload[1]) = (kind, (byte)topic);
            BitConverter.TryWriteBytes(payload.AsSpan(2), _sent);
            payload.AsSpan(6).Fill((byte)_sent++);
            var frame = Frames.Of(command, payload);
            for (var at = 0; at < frame.Length; at += chunk)
                _stream.Feed(frame.AsSpan(at, Math.Min(chunk, frame.Length - at)));
        }

        private static int Read(BitcoinMessage message, int topic)
        {
            var payload = message.Payload.Span;
            var number = BitConverter.ToInt32(payload[2..]);
            Assert.True(topic < 0 || payload[1] == topic);
            Assert.False(payload[6..].ContainsAnyExcept((byte)number), "The payload has changed.");
            return number;
        }

        private async ValueTask HandleAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken token)
        {
            Assert.Equal(1, Interlocked.Increment(ref _isHandling));
            var number = Read(message, -1);
            _handled.Add(number);
            if (message.Command == Work)
            {
                switch ((WorkKind)message.Payload.Span[0])
                {
                    case WorkKind.Yields:
                        await Task.Yield();
                        break;
                    case WorkKind.Asks:
                        await AskAsync(peer, message.Payload.Span[1]);
                        break;
                    case WorkKind.Rejects:
                        await Task.Yield();
                        Interlocked.Decrement(ref _isHandling);
                        throw new BitcoinProtocolException(ProtocolViolation.BadPayload, "rejected");
                    default:
                        break;
                }
            }

            Assert.Equal(number, Read(message, -1));
            Interlocked.Decrement(ref _isHandling);
        }

        private async Task AskAsync(BitcoinPeer peer, int topic)
        {
            Question question;
            Task<BitcoinMessage> asking;
            lock (_lock)
            {
                question = new(topic, _questions.Count);
                _questions.Add(question);
                asking = peer.RequestAsync(
                    Ask, new byte[] { (byte)topic }, [Reply], message => message.Payload.Span[1] == topic, Timeout.InfiniteTimeSpan, question.Cancel.Token);
            }

            try
            {
                question.Reply = Read(await asking, topic);
            }
            catch (IOException)
            {
                // The connection has ended.
            }
            catch (OperationCanceledException)
            {
                question.WasCanceled = true;
            }
        }

        private async Task StreamAsync(BitcoinPeer peer, int count)
        {
            var (numbers, left) = (new List<int>(), 3);
            _streams.Add(numbers);
            try
            {
                var answers = peer.RequestManyAsync(
                    Ask, default, [Reply], static message => message.Payload.Span[1] == StreamTopic, _ => --left == 0, Timeout.InfiniteTimeSpan);
                await foreach (var message in answers)
                {
                    numbers.Add(Read(message, StreamTopic));
                    if (numbers.Count == count)
                        return;
                }

                numbers.Add(-1); // Its last answer came.
            }
            catch (IOException)
            {
                // The connection has ended.
            }
        }
    }
}
