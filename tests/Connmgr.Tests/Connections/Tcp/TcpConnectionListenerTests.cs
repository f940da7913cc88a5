using System.Net;
using System.Net.Sockets;

namespace Connmgr;

public sealed class TcpConnectionListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listen_PortZero_TellsTheRealPort()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.NotEqual(0, Assert.IsType<IPEndPoint>(listener.LocalEndPoint).Port);
    }

    [Fact]
    public async Task Listen_AddressInUse_SaysWhichAndWhatToDo()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));

        var error = Assert.Throws<IOException>(() => TcpConnectionListener.Listen((IPEndPoint)listener.LocalEndPoint));

        Assert.StartsWith($"cannot listen on {listener.LocalEndPoint}: address in use; ", error.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(error.InnerException);
    }

    [Fact]
    public void Listen_AddressOfAnotherMachine_SaysSo()
    {
        var error = Assert.Throws<IOException>(() => TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8333)));

        Assert.StartsWith("cannot listen on 192.0.2.1:8333: not an address of this machine; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listen_AfterDispose_CanTakeTheSamePortAgain()
    {
        var listener = TcpConnectionListener.Listen(new IPEndPoint(Loopback.NextAddress(), 0));
        var endPoint = (IPEndPoint)listener.LocalEndPoint;
        await using (await new TcpDialer().DialAsync(endPoint, Cancellation))
        await using (await listener.AcceptAsync(Cancellation))
        {
            await listener.DisposeAsync();
        }

        await using var again = TcpConnectionListener.Listen(endPoint);

        Assert.Equal(endPoint, again.LocalEndPoint);
    }

    [Fact]
    public async Task Listen_IPv6Any_LeavesIPv4ToAnotherListener()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine does not speak IPv6");

        // The system chooses a port that is free for IPv6. Another test or program may have it for IPv4, but hardly ten times in a row.
        for (var attempts = 1; ; attempts++)
        {
            await using var v6 = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.IPv6Any, 0));
            var port = ((IPEndPoint)v6.LocalEndPoint).Port;
            try
            {
                await using var v4 = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, port));

                Assert.Equal(port, ((IPEndPoint)v4.LocalEndPoint).Port);
                return;
            }
            catch (IOException) when (attempts < 10)
            {
                // With the next port.
            }
        }
    }

    [Fact]
    public async Task AcceptAsync_ConnectionsResetInTheQueue_DoNotStopTheNextOne()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        for (var i = 0; i < 3; i++)
        {
            using var hasty = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await hasty.ConnectAsync(listener.LocalEndPoint, Cancellation);
            hasty.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await using var steady = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);

        IStreamEndPoints accepted;
        do
        {
            // Linux hands out connections that were reset in the queue, with their addresses; other systems pass them over.
            accepted = (IStreamEndPoints)await listener.AcceptAsync(Cancellation);
            Assert.NotNull(accepted.RemoteEndPoint);
        }
        while (!accepted.RemoteEndPoint!.Equals(((IStreamEndPoints)steady).LocalEndPoint));
    }

    [Fact]
    public async Task AcceptAsync_Canceled_LeavesTheListenerUsable()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var cancel = new CancellationTokenSource();
        var accept = listener.AcceptAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept);

        await using var outbound = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);
        await using var inbound = await listener.AcceptAsync(Cancellation);

        Assert.NotNull(inbound);
    }

    [Fact]
    public async Task DisposeAsync_WhileAccepting_EndsTheWait()
    {
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var accept = listener.AcceptAsync(Cancellation).AsTask();
        Assert.False(accept.IsCompleted);

        await listener.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accept);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync(Cancellation).AsTask());
        await listener.DisposeAsync();
    }

    /// <summary>Told by the system where there are several, known beforehand where there is one.</summary>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.7")]
    public async Task AcceptAsync_OnOneAddressOrAll_TellsWhereTheConnectionCameTo(string listensOn, string dialled)
    {
        using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Parse(listensOn), 0));
        var endPoint = new IPEndPoint(IPAddress.Parse(dialled), ((IPEndPoint)listener.LocalEndPoint).Port);
        await using var dial = await new TcpDialer().DialAsync(endPoint, Cancellation);
        await using var accepted = await listener.AcceptAsync(Cancellation);
        var ends = Assert.IsAssignableFrom<IStreamEndPoints>(accepted);
        Assert.Equal(endPoint, ends.LocalEndPoint);
        Assert.Equal(((IStreamEndPoints)dial).LocalEndPoint, ends.RemoteEndPoint);
    }
}
