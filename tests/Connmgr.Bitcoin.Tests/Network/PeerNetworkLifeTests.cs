using System.Net;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Start and end of a network, from wherever they are asked for.</summary>
public sealed class PeerNetworkLifeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-life-");

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task StartAsync_AfterAStop_Throws()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest });
        await network.StartAsync(Cancellation);
        await network.StopAsync(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.WhenFullAsync(Cancellation));
    }

    [Fact]
    public async Task StartAsync_AfterAStopOfItsConnections_Throws()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest });
        await network.StartAsync(Cancellation);
        network.Connections.RequestStop();
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
    }

    [Fact]
    public async Task StartAsync_AfterAStopWithoutAStart_ThrowsAndTouchesNoFile()
    {
        await using var network = new PeerNetwork(new() { Chain = ChainParameters.Regtest, DataDirectory = _folder.FullName });
        await network.StopAsync(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => network.StartAsync(Cancellation));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public async Task RequestStop_InAHandler_EndsEverything_AndTheFolderIsFree()
    {
        await using var server = new PeerNetwork(new() { Chain = ChainParameters.Regtest, ListenOn = [new IPEndPoint(IPAddress.Loopback, 0)] });
        await server.StartAsync(Cancellation);
        PeerNetwork? client = null;
        var refusal = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        client = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest,
            PermanentPeers = [server.ListenEndPoints[0]],
            DataDirectory = _folder.FullName,
            OnPeer = async (_, _) =>
            {
                refusal.TrySetResult(await Record.ExceptionAsync(() => client!.StopAsync(CancellationToken.None)));
                client!.RequestStop();
            },
        });
        await using var owned = client;
        await client.StartAsync(Cancellation);

        Assert.Contains("RequestStop", Assert.IsType<InvalidOperationException>(await refusal.Task.WaitAsync(Cancellation)).Message, StringComparison.Ordinal);
        await client.Completion.WaitAsync(Cancellation);
        await using var next = new PeerNetwork(new() { Chain = ChainParameters.Regtest, DataDirectory = _folder.FullName });
        await next.StartAsync(Cancellation); // Its folder would be in use.
    }
}
