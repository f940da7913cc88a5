using System.Net;
using System.Net.Sockets;

namespace Connmgr.Testing.Tests;

public sealed class MemoryListenerTests
{
    [Fact]
    public async Task AcceptAsync_Waiting_GetsTheConnectionInline()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        var accept = listener.AcceptAsync(default).AsTask();

        await using var stream = await Expect.NowAsync(net.Dial());

        await using var host = await Expect.NowAsync(accept);
        Assert.Equal(Net.Host, ((IStreamEndPoints)host).LocalEndPoint);
        Assert.Equal(((IStreamEndPoints)stream).LocalEndPoint, ((IStreamEndPoints)host).RemoteEndPoint);
        Assert.Equal(1, net.Statistics.Accepted);
    }

    [Fact]
    public async Task AcceptAsync_DialledBefore_ComesFromTheBacklogInOrder()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host, backlog: 2);
        await using var first = await net.Dial();
        await using var second = await net.Dial();
        Assert.Equal(2, listener.Pending);
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, net.Dial());

        await using var a = await Expect.NowAsync(listener.AcceptAsync(default).AsTask());
        await using var b = await Expect.NowAsync(listener.AcceptAsync(default).AsTask());

        Assert.Equal(((IStreamEndPoints)first).LocalEndPoint, ((IStreamEndPoints)a).RemoteEndPoint);
        Assert.Equal(((IStreamEndPoints)second).LocalEndPoint, ((IStreamEndPoints)b).RemoteEndPoint);
        await using var third = await Expect.NowAsync(net.Dial());
    }

    [Fact]
    public async Task AcceptAsync_Cancelled_LosesNoConnection()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        using var cancel = new CancellationTokenSource();
        var accept = listener.AcceptAsync(cancel.Token).AsTask();
        cancel.Cancel();
        Assert.True(accept.IsCanceled);

        await using var stream = await net.Dial();

        await using var host = await Expect.NowAsync(listener.AcceptAsync(default).AsTask());
    }

    [Fact]
    public async Task AcceptAsync_SecondCall_Fails()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        var accept = listener.AcceptAsync(default).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => listener.AcceptAsync(default).AsTask());
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accept);
    }

    [Fact]
    public async Task FailNextAccept_FailsTheOneUnderWayOrElseTheNext()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        var accept = listener.AcceptAsync(default).AsTask();
        var error = new SocketException((int)SocketError.TooManyOpenSockets);

        listener.FailNextAccept(error);
        listener.FailNextAccept(error);

        Assert.Same(error, await Assert.ThrowsAsync<SocketException>(() => accept));
        await using var stream = await net.Dial();
        await Assert.ThrowsAsync<SocketException>(() => listener.AcceptAsync(default).AsTask());
        await using var host = await Expect.NowAsync(listener.AcceptAsync(default).AsTask());
    }

    [Fact]
    public async Task Listen_AddressTaken_Throws()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        var error = Assert.Throws<SocketException>(() => net.Network.Listen(Net.Host));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
        await listener.DisposeAsync();
        await using var again = net.Network.Listen(Net.Host);
    }

    [Fact]
    public async Task Listen_PortZero_TakesAFreeOne()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(IPEndPoint.Parse("1.2.3.4:0"));
        Assert.NotEqual(0, Assert.IsType<IPEndPoint>(listener.LocalEndPoint).Port);
        await using var stream = await Expect.NowAsync(net.Dial(listener.LocalEndPoint));
    }

    [Fact]
    public async Task Listen_AddressHasABehavior_TheBehaviorComesFirst()
    {
        await using var net = new Net();
        await using var listener = net.Network.Listen(Net.Host);
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, net.Dial(HostBehavior.Refusing));
        var dial = net.Dial(HostBehavior.Listening with { Latency = TimeSpan.FromSeconds(1) });
        Assert.False(dial.IsCompleted);
        net.Advance(1000);
        await using var stream = await Expect.NowAsync(dial);
        await using var host = await Expect.NowAsync(listener.AcceptAsync(default).AsTask());
    }

    [Fact]
    public async Task DisposeAsync_RefusesFurtherDialsAndResetsThoseInTheBacklog()
    {
        await using var net = new Net(o => o.DefaultBehavior = HostBehavior.Listening);
        var listener = net.Network.Listen(Net.Host);
        await using var stream = await net.Dial();

        await listener.DisposeAsync();
        await listener.DisposeAsync();

        await Expect.ResetAsync(stream.ReadAsync(new byte[1], default).AsTask());
        await Expect.ConnectFailedAsync(ConnectPhase.Tcp, ConnectFailureCause.Refused, net.Dial());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync(default).AsTask());
        await stream.DisposeAsync();
        net.Network.EnsureNoLeaks();
    }
}
