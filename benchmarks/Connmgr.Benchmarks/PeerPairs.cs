using Connmgr.Bitcoin;

namespace Connmgr.Benchmarks;

/// <summary>Connects pairs of peers in memory.</summary>
internal sealed class PeerPairs(PeerTransport transport)
{
    // Of two nodes: one would recognize itself.
    private readonly BitcoinProtocol _dialling = Create(transport);
    private readonly BitcoinProtocol _answering = Create(transport);

    /// <summary>Connects two peers, and lets both run.</summary>
    public async Task<PeerPair> ConnectAsync()
    {
        var (dialer, listener) = DuplexStream.Pair();
        var answering = _answering.HandshakeAsync(listener, ConnectionDirection.Inbound, null, CancellationToken.None).AsTask();
        var dialed = await _dialling.HandshakeAsync(dialer, ConnectionDirection.Outbound, null, CancellationToken.None);
        return new(dialed, await answering);
    }

    private static BitcoinProtocol Create(PeerTransport transport) => new(new()
    {
        Chain = ChainParameters.Mainnet,
        Transport = transport == PeerTransport.V1 ? TransportPolicy.V1Only : TransportPolicy.V2Only,
    });
}

/// <summary>Two peers that run.</summary>
internal sealed class PeerPair(BitcoinPeer dialed, BitcoinPeer answered)
{
    private readonly Task _running = Task.WhenAll(
        dialed.RunAsync(static (_, _, _) => default, CancellationToken.None), answered.RunAsync(static (_, _, _) => default, CancellationToken.None));

    /// <summary>Waits until both have nothing more to say.</summary>
    public async Task CalmAsync()
    {
        await dialed.PingAsync();
        await answered.PingAsync();
    }

    /// <summary>Ends both.</summary>
    public async Task CloseAsync()
    {
        dialed.Close();
        answered.Close();
        await _running;
    }
}
