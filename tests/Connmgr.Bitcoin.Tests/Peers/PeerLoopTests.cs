using System.Threading.Tasks.Sources;

namespace Connmgr.Bitcoin.Tests;

/// <summary>What a loop that waits for two operations at once may do with each.</summary>
public sealed class PeerLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// A pooled operation is complete a moment before it calls back. Its result was taken in that moment, which put it to other use, so that
    /// the callback ended the process.
    /// </summary>
    [Fact]
    public async Task RunAsync_AHandlerIsCompleteButHasNotCalledBack_IsLeftAloneUntilItHas()
    {
        var handling = new LateCallback();
        var stream = new FakeStream().Feed(Frames.Handshake());
        var options = new BitcoinPeerOptions { Chain = Frames.Chain };
        var peer = await new BitcoinProtocol(options).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct);
        Task<BitcoinMessage>? asked = null;
        var run = peer.RunAsync(
            (_, message, token) =>
            {
                if (message.Command != MessageCommand.Inv)
                    return default;
                asked = peer.RequestAsync(MessageCommand.GetHeaders, default, MessageCommand.Headers, cancellationToken: token); // So the loop reads on.
                return new(handling, 0);
            },
            Ct);
        stream.Feed(Frames.Of("inv", 0));
        await handling.IsAwaited.WaitAsync(Patience, Ct);
        handling.Complete();
        for (ulong nonce = 1; nonce <= 3; nonce++)
        {
            stream.Feed(Frames.Nonce("ping", nonce)); // Each makes the loop look at what it waits for.
            await Eventually.TrueAsync(async () => (await Frames.CommandsAsync(stream.Written)).Count(static sent => sent is "pong") == (int)nonce);
        }

        Assert.Equal(0, handling.ResultsTaken);
        handling.CallBack();
        stream.Feed(Frames.Of("headers", 0));
        await asked!.WaitAsync(Patience, Ct);
        stream.End();
        await run.WaitAsync(Patience, Ct);
        Assert.Equal(1, handling.ResultsTaken);
    }

    [Fact]
    public async Task HasCalledBack_OfAnOperationThatIsOnlyComplete_IsFalse()
    {
        var wake = new LoopSignal();
        var watch = new CompletionWatch(wake);
        for (var i = 0; i < 2; i++)
        {
            var operation = new LateCallback();
            watch.Watch(new ValueTask(operation, 0));
            operation.Complete();
            Assert.False(watch.HasCalledBack);
            var woken = wake.WaitAsync();
            Assert.False(woken.IsCompleted);
            operation.CallBack();
            await woken;
            Assert.True(watch.HasCalledBack);
        }
    }

    /// <summary>An operation in the moment between its completion and its callback, for as long as the test wants.</summary>
    private sealed class LateCallback : IValueTaskSource
    {
        private readonly TaskCompletionSource _isAwaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isComplete;
        private int _resultsTaken;
        private Action<object?>? _continuation;
        private object? _state;

        public Task IsAwaited => _isAwaited.Task;

        public int ResultsTaken => Volatile.Read(ref _resultsTaken);

        public void Complete() => _isComplete = true;

        public void CallBack() => _continuation!(_state);

        public ValueTaskSourceStatus GetStatus(short token) => _isComplete ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            (_continuation, _state) = (continuation, state);
            _isAwaited.TrySetResult();
        }

        public void GetResult(short token) => Interlocked.Increment(ref _resultsTaken);
    }
}
