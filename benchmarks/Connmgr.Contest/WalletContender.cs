using Connmgr.Bitcoin;
using NBitcoin;
using Wallet;

namespace Connmgr.Contest;

/// <summary>The manager of samples/WalletPeers: 12 peers, of which 5 serve compact filters.</summary>
internal sealed class WalletContender : IAsyncDisposable
{
    private readonly WalletPeers _wallet = new(Network.Main);
    private readonly Task _watch;

    private WalletContender(PeerReport report) => _watch = WatchAsync(report);

    public static async Task<IAsyncDisposable> StartAsync(PeerReport report)
    {
        var contender = new WalletContender(report);
        await contender._wallet.StartAsync();
        return contender;
    }

    public async ValueTask DisposeAsync()
    {
        await _wallet.DisposeAsync();
        await _watch;
    }

    private async Task WatchAsync(PeerReport report)
    {
        await foreach (var change in _wallet.WatchAsync())
        {
            if (change is PeerJoined)
                report.Joined(change.Peer.RemoteEndPoint!);
            else if (change is PeerLeft)
                report.Left(change.Peer.RemoteEndPoint!);
        }
    }
}
