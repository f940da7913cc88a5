using System.Net;
using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.Logging;

namespace MyPeers;

/// <summary>Handles one peer: created for each, in a separate service scope.</summary>
internal sealed partial class Greeter(ILogger<Greeter> logger) : IPeerHandler
{
    public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
    {
        Connected(peer.RemoteEndPoint, peer.Version.UserAgent, peer.Version.StartHeight);
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(LogLevel.Information, "{Peer} is {UserAgent} at height {Height}")]
    private partial void Connected(EndPoint? peer, string userAgent, int height);
}
