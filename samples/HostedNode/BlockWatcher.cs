using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.Logging;

namespace HostedNode;

/// <summary>Made for each peer, in a scope of its own.</summary>
internal sealed partial class BlockWatcher(ILogger<BlockWatcher> logger) : IPeerHandler
{
    private static readonly MessageCommand Inv = new("inv");
    private int _announcements;

    public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
    {
        Met(peer.RemoteEndPoint, peer.Version.UserAgent, peer.Version.StartHeight);
        return ValueTask.CompletedTask;
    }

    public ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
    {
        if (message.Command == Inv)
            Announced(peer.RemoteEndPoint, ++_announcements);
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(LogLevel.Information, "{Peer} is {UserAgent} at height {Height}")]
    private partial void Met(EndPoint? peer, string userAgent, int height);

    [LoggerMessage(LogLevel.Debug, "{Peer} announced something for the {Count}. time")]
    private partial void Announced(EndPoint? peer, int count);
}
