using System.Net;
using System.Net.Sockets;

namespace Connmgr.Bitcoin.Tests.Network;

public sealed class OnionListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AcceptAsync_BegunBeforeItListens_AcceptsOnceItDoes()
    {
        await using var listener = new OnionListener();
        var accepting = listener.AcceptAsync(Cancellation).AsTask();
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 0), listener.LocalEndPoint);

        var bound = (IPEndPoint)listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new TcpClient();
        await client.ConnectAsync(bound, Cancellation);

        await using var stream = await accepting;
        Assert.True(listener.Profile.IsOnion);
        Assert.Equal(bound, listener.LocalEndPoint);
    }

    [Fact]
    public async Task Bind_AtTheSameAddress_KeepsItsPort_AndAtAnotherAcceptsThere()
    {
        await using var listener = new OnionListener();
        var address = Loopback.NextAddress(); // Nobody else listens at a port that it frees.
        var first = listener.Bind(new IPEndPoint(address, 0));
        Assert.Equal(first, listener.Bind(new IPEndPoint(address, 0)));
        Assert.Equal(first, listener.Bind((IPEndPoint)first));
        var accepting = listener.AcceptAsync(Cancellation).AsTask();

        var second = (IPEndPoint)listener.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        using var client = new TcpClient();
        await client.ConnectAsync(second, Cancellation);

        await using var stream = await accepting;
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(async () => await late.ConnectAsync((IPEndPoint)first, Cancellation));
    }

    [Fact]
    public async Task Bind_ToAnAddressThatIsNotOfThisMachine_Throws_AndKeepsTheOld()
    {
        await using var listener = new OnionListener();
        var first = listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Throws<IOException>(() => listener.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0)));
        Assert.Equal(first, listener.LocalEndPoint);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposeAsync_EndsAnAcceptUnderWay(bool isBound)
    {
        var listener = new OnionListener();
        if (isBound)
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync(Cancellation).AsTask();
        await listener.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting);
        Assert.Throws<ObjectDisposedException>(() => listener.Bind(new IPEndPoint(IPAddress.Loopback, 0)));
    }
}
