using System.Net;
using System.Net.Sockets;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr;

public sealed class HappyEyeballsTests
{
    /// <summary>Real time: what never comes is reported as a failure instead of hanging the run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Order_TwoFamilies_TakesTurnsWithIPv6First()
    {
        var order = Order(["10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2"]);

        Assert.Equal(["2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "10.0.0.3"], order);
    }

    [Fact]
    public void Order_SameAddressTwiceAndAsMapped_GivesItOnce()
    {
        Assert.Equal(["10.0.0.1"], Order(["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1"]));
    }

    [Fact]
    public void Order_OneFamilyWanted_LeavesTheOtherOut()
    {
        Assert.Equal(["10.0.0.1"], Order(["2001:db8::1", "10.0.0.1"], AddressFamily.InterNetwork));
    }

    [Fact]
    public void Order_MoreThanTheLimit_StopsThere()
    {
        Assert.Equal(["2001:db8::1", "10.0.0.1"], Order(["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2"], limit: 2));
    }

    [Fact]
    public async Task ConnectAsync_FirstIsSilent_StartsTheNextAfterTheDelay()
    {
        var host = new Host(3);
        var result = ConnectAsync(host, Cancellation);
        _time.Advance(Delay - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, host.Started);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await host.StartOfAsync(1);
        Assert.Equal(2, host.Started);
        var second = host.Succeed(1);

        Assert.Same(second, await result);
        Assert.Equal(2, host.Started);
        Assert.True(host.WasCanceled(0));
        Assert.False(second.IsDisposed);
    }

    [Fact]
    public async Task ConnectAsync_OneFails_StartsTheNextAtOnce()
    {
        var host = new Host(2);
        var result = ConnectAsync(host, Cancellation);

        host.Fail(0, ConnectFailureCause.Refused);
        await host.StartOfAsync(1);

        Assert.Same(host.Succeed(1), await result);
    }

    [Fact]
    public async Task ConnectAsync_AllFail_ThrowsTheMostTelling()
    {
        var host = new Host(4);
        var result = ConnectAsync(host, Cancellation);
        ConnectFailureCause[] causes =
            [ConnectFailureCause.Unreachable, ConnectFailureCause.Refused, ConnectFailureCause.Timeout, ConnectFailureCause.Unknown];
        for (var i = 0; i < causes.Length; i++)
        {
            await host.StartOfAsync(i);
            host.Fail(i, causes[i]);
        }

        var failure = await Assert.ThrowsAsync<ConnectFailedException>(() => result);

        Assert.Equal((ConnectPhase.Tcp, ConnectFailureCause.Refused), (failure.Phase, failure.Cause));
        Assert.Contains("name:8333: none of its 4 addresses; attempt 1: Refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectAsync_LoserSucceedsTooLate_IsDisposedBeforeTheCallReturns()
    {
        var host = new Host(2) { LoserIgnoresItsToken = true };
        var result = ConnectAsync(host, Cancellation);
        _time.Advance(Delay);
        await host.StartOfAsync(1);
        var winner = host.Succeed(1);
        await host.CancellationOfAsync(0);
        Assert.False(result.IsCompleted);

        var late = host.Succeed(0);

        Assert.Same(winner, await result);
        Assert.True(late.IsDisposed);
        Assert.False(winner.IsDisposed);
    }

    [Fact]
    public async Task ConnectAsync_Canceled_ThrowsWithTheCallersTokenAndEndsEveryAttempt()
    {
        using var cancel = new CancellationTokenSource();
        var host = new Host(2);
        var result = ConnectAsync(host, cancel.Token);
        _time.Advance(Delay);
        await host.StartOfAsync(1);

        await cancel.CancelAsync();

        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => result);
        Assert.Equal(cancel.Token, canceled.CancellationToken);
        Assert.True(host.WasCanceled(0) && host.WasCanceled(1));
    }

    /// <summary>Whatever happens in whatever order: one stream comes out exactly when an attempt succeeded first, and no other stays open.</summary>
    [Fact]
    public async Task ConnectAsync_AnyOrderOfEvents_LeavesNothingOpenButTheWinner()
    {
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3]);
        await Gen.Select(Gen.Int[2, 6], step.Array[0, 24], Gen.Bool).SampleAsync(
            async (count, steps, ignoresToken) =>
            {
                var time = new FakeTimeProvider();
                var host = new Host(count) { LoserIgnoresItsToken = ignoresToken };
                using var cancel = new CancellationTokenSource();
                var result = HappyEyeballs.ConnectAsync("name:8333", host.Addresses, host.ConnectAsync, Delay, time, cancel.Token).AsTask();
                foreach (var (which, what) in steps)
                {
                    switch (what)
                    {
                        case 0:
                            time.Advance(Delay);
                            break;
                        case 1:
                            host.TrySucceed(which % count);
                            break;
                        default:
                            host.TryFail(which % count);
                            break;
                    }
                }

                await cancel.CancelAsync();
                host.FinishAll();
                Stream? winner = null;
                try
                {
                    winner = await result;
                }
                catch (Exception exception) when (exception is ConnectFailedException or OperationCanceledException)
                {
                    // No winner is as good an end as any here.
                }

                return host.Streams.All(stream => stream.IsDisposed != ReferenceEquals(stream, winner));
            },
            iter: 500,
            threads: 1);
    }

    private static string[] Order(string[] addresses, AddressFamily family = AddressFamily.Unspecified, int limit = 32) =>
        [.. HappyEyeballs.Order([.. addresses.Select(IPAddress.Parse)], family, limit).Select(address => address.ToString())];

    private Task<Stream> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        HappyEyeballs.ConnectAsync("name:8333", host.Addresses, host.ConnectAsync, Delay, _time, cancellationToken).AsTask();

    private sealed class Host(int count)
    {
        private readonly TaskCompletionSource<Stream>[] _results = Sources<Stream>(count);
        private readonly TaskCompletionSource<bool>[] _starts = Sources<bool>(count);
        private readonly TaskCompletionSource<bool>[] _cancellations = Sources<bool>(count);
        private int _started;

        public bool LoserIgnoresItsToken { get; init; }

        public List<TrackedStream> Streams { get; } = [];

        public int Started => Volatile.Read(ref _started);

        public List<IPEndPoint> Addresses => [.. Enumerable.Range(0, count).Select(i => new IPEndPoint(IPAddress.Loopback, i + 1))];

        public async ValueTask<Stream> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
        {
            var i = endPoint.Port - 1;
            await using var registration = cancellationToken.Register(() =>
            {
                _cancellations[i].TrySetResult(true);
                if (!LoserIgnoresItsToken)
                {
                    _results[i].TrySetCanceled(cancellationToken);
                }
            });
            Interlocked.Increment(ref _started);
            _starts[i].TrySetResult(true);
            return await _results[i].Task;
        }

        public Task<bool> StartOfAsync(int i) => _starts[i].Task.WaitAsync(Patience, Cancellation);

        public Task<bool> CancellationOfAsync(int i) => _cancellations[i].Task.WaitAsync(Patience, Cancellation);

        public bool WasCanceled(int i) => _cancellations[i].Task.IsCompleted;

        public TrackedStream Succeed(int i)
        {
            var stream = new TrackedStream();
            _results[i].SetResult(stream);
            return stream;
        }

        public void Fail(int i, ConnectFailureCause cause) =>
            _results[i].SetException(new ConnectFailedException(ConnectPhase.Tcp, cause, $"attempt {i}: {cause}"));

        public void TrySucceed(int i)
        {
            var stream = new TrackedStream();
            if (_starts[i].Task.IsCompleted && _results[i].TrySetResult(stream))
            {
                Streams.Add(stream);
            }
        }

        public void TryFail(int i) => _results[i].TrySetException(new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Unknown, "failed"));

        public void FinishAll()
        {
            for (var i = 0; i < count; i++)
            {
                TrySucceed(i);
                TryFail(i);
            }
        }

        private static TaskCompletionSource<T>[] Sources<T>(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously))];
    }

    private sealed class TrackedStream : MemoryStream
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
