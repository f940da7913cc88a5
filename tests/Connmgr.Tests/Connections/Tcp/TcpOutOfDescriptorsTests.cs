using System.Net;
using System.Net.Sockets;
using Connmgr.Tests.Connections;

namespace Connmgr;

/// <summary>The limit of file descriptors is the process's, so these run when no other test does.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class TcpOutOfDescriptorsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AcceptAsync_OutOfDescriptors_ThrowsAndRecovers()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var outbound = await new TcpDialer().DialAsync(listener.LocalEndPoint, Cancellation);

        SocketException error;
        using (new NoDescriptorsLeft())
        {
            error = await Assert.ThrowsAsync<SocketException>(() => listener.AcceptAsync(Cancellation).AsTask());
        }

        Assert.Equal(SocketError.TooManyOpenSockets, error.SocketErrorCode);
        await using var inbound = await listener.AcceptAsync(Cancellation);
        Assert.Equal(((IStreamEndPoints)outbound).LocalEndPoint, ((IStreamEndPoints)inbound).RemoteEndPoint);
    }

    [Fact]
    public async Task DialAsync_OutOfDescriptors_BlamesThisMachineAndRecovers()
    {
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var dialer = new TcpDialer();
        await using var first = await dialer.DialAsync(listener.LocalEndPoint, Cancellation);

        ConnectFailedException failure;
        using (new NoDescriptorsLeft())
        {
            failure = await Assert.ThrowsAsync<ConnectFailedException>(() => dialer.DialAsync(listener.LocalEndPoint, Cancellation).AsTask());
        }

        Assert.Equal((ConnectPhase.Tcp, ConnectFailureCause.Unknown), (failure.Phase, failure.Cause));
        Assert.Contains("out of file descriptors", failure.Message, StringComparison.Ordinal);
        await using var second = await dialer.DialAsync(listener.LocalEndPoint, Cancellation);
    }
}
