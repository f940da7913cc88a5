using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

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

    /// <summary>Takes the process's right to open anything, and gives it back.</summary>
    private sealed class NoDescriptorsLeft : IDisposable
    {
        private const int OpenFiles = 7;

        private readonly Limits _before;

        public NoDescriptorsLeft()
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "sets Linux's limit of open files");
            Check(GetLimits(OpenFiles, out _before));
            Check(SetLimits(OpenFiles, _before with { Soft = 0 }));
        }

        public void Dispose() => Check(SetLimits(OpenFiles, _before));

        private static void Check(int result) => Assert.Equal(0, result);

        [DllImport("libc", EntryPoint = "getrlimit")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int GetLimits(int resource, out Limits limits);

        [DllImport("libc", EntryPoint = "setrlimit")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SetLimits(int resource, in Limits limits);

        [StructLayout(LayoutKind.Sequential)]
        private readonly record struct Limits
        {
            public nuint Soft { get; init; }

            public nuint Hard { get; init; }
        }
    }
}
