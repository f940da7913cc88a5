using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>The options of a <see cref="PeerNetwork"/>. Checked and used when it is made; later changes have no effect. Not thread-safe.</summary>
public sealed class PeerNetworkOptions
{
    /// <summary>The chain. Required.</summary>
    public ChainParameters? Chain { get; set; }

    /// <summary>
    /// Called for each message of each peer that the library does not handle itself, one at a time for each peer. The payload is valid until it returns. Default: none.
    /// </summary>
    public Func<BitcoinPeer, BitcoinMessage, CancellationToken, ValueTask>? OnMessage { get; set; }

    /// <summary>
    /// Called when a peer has shaken hands, before its messages are read; it may begin to send. The token is cancelled when the connection ends. An exception
    /// ends the connection. Default: none.
    /// </summary>
    public Func<BitcoinPeer, CancellationToken, ValueTask>? OnPeer { get; set; }

    /// <summary>The number of outbound peers to keep, from 0. Default 8.</summary>
    public int TargetOutbound { get; set; } = ConnectionManagerDefaults.TargetOutbound;

    /// <summary>Peers to keep connected beside those: IP addresses or host names, which are resolved at each attempt. Default: none.</summary>
    public IList<EndPoint> PermanentPeers { get; set; } = [];

    /// <summary>The local addresses to accept peers on. Port 0 lets the system choose. Default: none, no inbound peers.</summary>
    public IList<IPEndPoint> ListenOn { get; set; } = [];

    /// <summary>The most inbound peers, from 0; null for no limit. Default 117: what is left of btcd's 125.</summary>
    public int? MaxInbound { get; set; } = 117;

    /// <summary>
    /// Where the addresses of outbound peers come from. Null, the default: the DNS seeds of the chain, when it has any.
    /// </summary>
    public IAddressSource? AddressSource { get; set; }

    /// <summary>How peers are dialled. Default: TCP.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; set; }

    /// <summary>
    /// What is said and asked in the version handshake, and when peers are pinged. Null, the default: the defaults of <see cref="BitcoinPeerOptions"/>, with
    /// <see cref="NodeServices.Network"/> and <see cref="NodeServices.Witness"/> required of automatic peers. Its chain and clock are set by the network.
    /// </summary>
    public BitcoinPeerOptions? Protocol { get; set; }

    /// <summary>Changes the options of the connection manager before it is made, for full control. Default: none.</summary>
    public Action<ConnectionManagerOptions>? Configure { get; set; }

    /// <summary>Where log lines go. Default: none, silent.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock, and the source of all timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
