using System.Net;
using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;

// A node that accepts connections. With the argument "sandbox" it uses a Bitcoin network in memory, and ends after the third inbound peer.
var isSandbox = args is ["sandbox"];
var visitors = 0;
var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // Close everything in an orderly way instead.
    enough.TrySetResult();
};

// snippet: options
var options = new PeerNetworkOptions
{
    Chain = ChainParameters.Mainnet,
    DataDirectory = isSandbox ? null : "node-data", // Address book, bans and anchors, in Bitcoin Core's files.
    ListenOn = [new IPEndPoint(isSandbox ? IPAddress.Parse("10.0.0.1") : IPAddress.Any, 8333)],
    MaxInbound = 40,
    Configure = manager => manager.InboundLimits = new InboundLimits
    {
        MaxPerHost = 2,
        MaxPerPrefix = 4,
        AcceptsPerSecond = 1,
    },
    Protocol = new BitcoinPeerOptions
    {
        Services = NodeServices.None, // The services that OnMessageAsync provides: none yet.
        RequiredServices = NodeServices.Network | NodeServices.Witness,
        UserAgent = "/my-node:1.0/",
        StartHeight = () => 900_000, // The height of your chain, read for each handshake.
    },
    OnPeer = OnPeerAsync,
    OnMessage = OnMessageAsync,
    OnViolation = (connection, violation) => Console.WriteLine($"! {connection.RemoteEndPoint}: {violation.Violation}"),
};
// end

// snippet: port-mapping
options.PortMapping = isSandbox ? PortMappingMethod.Off : PortMappingMethod.Auto; // Off by default: it opens a port to the internet.
options.OnPortMappingChanged = static state =>
{
    foreach (var mapping in state.Mappings)
        Console.WriteLine($"reachable at {mapping.External}");
    foreach (var failure in state.Failures)
        Console.WriteLine(failure);
};
// end

await using var sandbox = isSandbox ? new SandboxNetwork(new() { VisitInterval = TimeSpan.FromMilliseconds(300) }) : null;
sandbox?.Attach(options);

await using var network = new PeerNetwork(options);
await network.StartAsync();
await enough.Task;

// snippet: handlers
ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken token)
{
    var sign = peer.Direction == ConnectionDirection.Inbound ? "<" : ">";
    Console.WriteLine($"{sign} {peer.RemoteEndPoint}  {peer.Version.UserAgent}");
    if (peer.Direction == ConnectionDirection.Inbound && Interlocked.Increment(ref visitors) == 3 && isSandbox)
        enough.TrySetResult();
    return ValueTask.CompletedTask;
}

// Gets the messages that the library does not answer: blocks, transactions, headers. Offer only the services that you provide here.
// The payload is valid until this returns.
ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken token) => ValueTask.CompletedTask;
// end
