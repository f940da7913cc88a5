namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>Peers on streams that a test plays.</summary>
internal static class TestPeers
{
    public static TimeSpan Patience => TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Creates peers that have shaken hands.</summary>
    public static async Task<BitcoinPeer[]> ManyAsync(int count)
    {
        var peers = new BitcoinPeer[count];
        var protocol = NewProtocol();
        for (var i = 0; i < count; i++)
            peers[i] = (await OneAsync(protocol: protocol)).Peer;
        return peers;
    }

    /// <summary>Creates a peer that has shaken hands.</summary>
    public static async Task<(BitcoinPeer Peer, FakeStream Stream)> OneAsync(VersionMessage? version = null, BitcoinProtocol? protocol = null, Action? afterWrite = null)
    {
        var stream = new FakeStream { AfterWrite = afterWrite };
        stream.Feed(Frames.Handshake(version));
        return (await (protocol ?? NewProtocol()).HandshakeAsync(stream, ConnectionDirection.Outbound, null, Ct), stream);
    }

    /// <summary>Creates a protocol.</summary>
    public static BitcoinProtocol NewProtocol(Action<BitcoinPeerOptions>? configure = null)
    {
        var options = new BitcoinPeerOptions { Chain = Frames.Chain };
        configure?.Invoke(options);
        return new BitcoinProtocol(options);
    }

    /// <summary>Ends the connection of a peer, for a reason.</summary>
    public static async Task EndAsync(BitcoinPeer peer, string detail)
    {
        peer.Close(detail);
        await peer.RunAsync((_, _, _) => default, Ct);
        await peer.Closed;
    }
}
