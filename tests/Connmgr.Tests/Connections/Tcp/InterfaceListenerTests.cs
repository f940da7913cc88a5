using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr;

public sealed class InterfaceListenerTests
{
    private static readonly IPAddress First = Loopback.NextAddress();
    private static readonly IPAddress Second = Loopback.NextAddress();

    private readonly FakeTimeProvider _time = new();
    private ImmutableArray<IPAddress>? _addresses = [First];
    private IOException? _unreadable;
    private int _readings;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listen_Loopback_ListensOnItsAddresses()
    {
        var loopback = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(static each => each.NetworkInterfaceType == NetworkInterfaceType.Loopback);
        Assert.SkipWhen(loopback is null, "This machine shows no loopback interface.");
        await using var listener = InterfaceListener.Listen(loopback.Name.ToUpperInvariant(), 0, new ListenerProfile { IsOnion = true });
        Assert.Contains(listener.LocalEndPoints, static local => local.Port > 0 && local.Address.Equals(IPAddress.Loopback));
        Assert.True(listener.Profile.IsOnion);
        Assert.Equal(listener.LocalEndPoints.Length, loopback.GetIPProperties().UnicastAddresses.Count(static each => !each.Address.IsIPv6LinkLocal));
    }

    [Fact]
    public void Listen_NoSuchInterface_NamesThoseThatThereAre()
    {
        var thrown = Assert.Throws<IOException>(static () => InterfaceListener.Listen("no-such-0", 8333));
        Assert.StartsWith("cannot listen on no-such-0: no interface has this name; use ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AcceptAsync_AnAddressIsAdded_AcceptsThereToo()
    {
        await using var listener = Create();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.OnChanged = changed.SetResult;
        var accepting = listener.AcceptAsync(Token).AsTask();
        await AssertConnectsAsync(listener.LocalEndPoints[0], accepting);

        _addresses = [First, Second];
        accepting = listener.AcceptAsync(Token).AsTask();
        listener.NotifyChanged();
        await AdvanceUntilAsync(changed.Task);

        Assert.Equal([First, Second], listener.LocalEndPoints.Select(static local => local.Address));
        await AssertConnectsAsync(listener.LocalEndPoints[1], accepting);
    }

    [Fact]
    public async Task AcceptAsync_AnAddressIsLost_ClosesItAlone()
    {
        _addresses = [First, Second];
        await using var listener = Create();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.OnChanged = changed.SetResult;
        var (first, second) = (listener.LocalEndPoints[0], listener.LocalEndPoints[1]);
        var accepting = listener.AcceptAsync(Token).AsTask();

        _addresses = [Second];
        await AdvanceUntilAsync(changed.Task); // Without a report of the system, too.

        using var refused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => refused.ConnectAsync(first, Token).AsTask())).SocketErrorCode);
        Assert.Equal(second, listener.LocalEndPoint);
        await AssertConnectsAsync(second, accepting);
    }

    /// <summary>The interface may go and come back.</summary>
    [Fact]
    public async Task AcceptAsync_TheInterfaceIsGone_WaitsForIt()
    {
        await using var listener = Create();
        var changes = new SemaphoreSlim(0);
        listener.OnChanged = () => changes.Release();
        var accepting = listener.AcceptAsync(Token).AsTask();
        _addresses = null;
        await AdvanceUntilAsync(changes.WaitAsync(Token));
        Assert.Empty(listener.LocalEndPoints);

        _addresses = [First];
        await AdvanceUntilAsync(changes.WaitAsync(Token));
        await AssertConnectsAsync(listener.LocalEndPoints[0], accepting);
    }

    /// <summary>A new IPv6 address can't be used for a second, so the third failure is the first that is told.</summary>
    [Fact]
    public async Task AcceptAsync_ANewAddressCanNotBeListenedOn_TellsOnce()
    {
        await using var listener = Create();
        var accepting = listener.AcceptAsync(Token).AsTask();
        var start = _time.GetUtcNow();
        _addresses = [First, IPAddress.Parse("192.0.2.1")];
        listener.NotifyChanged();
        await AdvanceUntilAsync(accepting);
        Assert.StartsWith("cannot listen on 192.0.2.1:0: not an address", (await Assert.ThrowsAsync<IOException>(() => accepting)).Message, StringComparison.Ordinal);
        Assert.True(_time.GetUtcNow() - start >= 3 * InterfaceListener.Pause);

        accepting = listener.AcceptAsync(Token).AsTask();
        await AdvanceToReadingAsync(3); // The first two have tried the address again, at their ends.
        await AssertConnectsAsync(listener.LocalEndPoints[0], accepting); // No failure.
    }

    /// <summary>A failed reading says nothing about the interface: no file may be left to open, for example.</summary>
    [Fact]
    public async Task AcceptAsync_TheInterfaceCanNotBeRead_StaysAndTellsOnce()
    {
        await using var listener = Create();
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.OnChanged = changed.SetResult;
        var before = listener.LocalEndPoints;
        _unreadable = new IOException("of the test");
        var accepting = listener.AcceptAsync(Token).AsTask();
        listener.NotifyChanged();
        await AdvanceUntilAsync(accepting);
        Assert.Same(_unreadable, await Assert.ThrowsAsync<IOException>(() => accepting));
        Assert.Equal(3, _readings - 1); // But that of the start.
        Assert.Equal(before, listener.LocalEndPoints);

        accepting = listener.AcceptAsync(Token).AsTask();
        await AdvanceToReadingAsync(2);
        _addresses = [First, Second];
        Volatile.Write(ref _unreadable, null);
        await AdvanceUntilAsync(changed.Task);
        Assert.Equal([before[0], listener.LocalEndPoints[1]], listener.LocalEndPoints);
        await AssertConnectsAsync(before[0], accepting);
    }

    [Fact]
    public async Task DisposeAsync_DuringAWait_EndsIt()
    {
        var listener = Create();
        var accepting = listener.AcceptAsync(Token).AsTask();
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting);
        Assert.Empty(listener.LocalEndPoints);
    }

    [Fact]
    public async Task AcceptAsync_Cancelled_RemainsUsable()
    {
        await using var listener = Create();
        using var stop = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        await AssertConnectsAsync(listener.LocalEndPoints[0], listener.AcceptAsync(Token).AsTask());
    }

    private static async Task AssertConnectsAsync(IPEndPoint endPoint, Task<Stream> accepting)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, Token);
        await using var accepted = await accepting;
        Assert.Equal((endPoint, socket.LocalEndPoint), (((IStreamEndPoints)accepted).LocalEndPoint, ((IStreamEndPoints)accepted).RemoteEndPoint));
    }

    private InterfaceListener Create() => InterfaceListener.Listen("test0", 0, profile: null, _time, _ => Read(), observes: false);

    private ImmutableArray<IPAddress>? Read()
    {
        Interlocked.Increment(ref _readings);
        return Volatile.Read(ref _unreadable) is { } failure ? throw failure : _addresses;
    }

    /// <summary>Lets time pass until the interface has been read some times more.</summary>
    private async Task AdvanceToReadingAsync(int count)
    {
        var end = Volatile.Read(ref _readings) + count;
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            return Volatile.Read(ref _readings) >= end;
        });
    }

    private async Task AdvanceUntilAsync(Task task)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!task.IsCompleted)
        {
            Assert.False(deadline.IsCancellationRequested, "Waited 60 s.");
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token));
        }
    }
}
