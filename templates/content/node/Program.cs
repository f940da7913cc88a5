using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
#if (sandbox)
using Connmgr.Testing;
#endif

var visitors = 0;
using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // Ends in an orderly way instead.
    end.Cancel();
};

var options = new PeerNetworkOptions
{
#if (sandbox)
    ListenOn = [IPEndPoint.Parse("10.0.0.1:8333")], // Of the network in memory.
#else
    Chain = ChainParameters.CHAIN_NAME,
    DataDirectory = "node-data", // Keeps addresses, bans and anchors in Bitcoin Core's files.
    ListenOn = [new IPEndPoint(IPAddress.Any, ChainParameters.CHAIN_NAME.DefaultPort)],
#endif
    MaxInbound = 40,
    Configure = manager => manager.InboundLimits = new InboundLimits { MaxPerHost = 2, MaxPerPrefix = 4, AcceptsPerSecond = 1 },
    Protocol = new BitcoinPeerOptions
    {
        Services = NodeServices.None, // The services that OnMessageAsync provides: none yet.
        UserAgent = "/MyPeers:1.0/",
        StartHeight = () => 0, // The height of your chain, read for each handshake.
    },
    OnPeer = OnPeerAsync,
    OnMessage = OnMessageAsync,
    OnViolation = (connection, violation) => Console.WriteLine($"! {connection.RemoteEndPoint}: {violation.Violation}"),
};

#if (sandbox)
// A Bitcoin network in memory, whose peers visit now and then. For a real one: dotnet new connmgr-node --chain mainnet
await using var sandbox = new SandboxNetwork(new() { VisitInterval = TimeSpan.FromMilliseconds(300) });
sandbox.Attach(options);
#endif
await using var network = new PeerNetwork(options);
await network.StartAsync();
await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

// Called after the handshake of each peer, in both directions.
ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
{
    var isInbound = peer.Direction == ConnectionDirection.Inbound;
    Console.WriteLine($"{(isInbound ? '<' : '>')} {peer.RemoteEndPoint}  {peer.Version.UserAgent}");
    if (isInbound && Interlocked.Increment(ref visitors) == 3 && args is ["--until-visited"])
        end.Cancel();
    return ValueTask.CompletedTask;
}

// Gets the messages that the library does not answer: blocks, transactions, headers. The payload is valid until this returns.
ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken) => ValueTask.CompletedTask;
