using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Crawler;

// Asks every node that it can find for the addresses that the node knows, until no node is left. The manager dials, performs handshakes, limits the pace
// and cleans up; the crawler chooses the next node. With the argument "sandbox" it crawls a Bitcoin network in memory to the end.
await using var sandbox = args is ["sandbox"] ? new SandboxNetwork() : null;
var chain = sandbox is null ? ChainParameters.Mainnet : SandboxNetwork.SeededChain;
LookupFunc? lookup = sandbox is null ? null : sandbox.LookupAsync;

// snippet: frontier
var frontier = new Frontier(maxAddresses: 100_000);
await new DnsSeeder(chain, new DnsSeederOptions { Lookup = lookup }).SeedAsync(requiredServices: 0, (_, addresses, _) =>
{
    frontier.Add(addresses);
    return ValueTask.CompletedTask;
});
// end

// snippet: manager
var bitcoin = new BitcoinProtocol(new() { Chain = chain, UserAgent = "/crawler:1.0/", Relay = false });
await using var manager = new ConnectionManager(new()
{
    Dial = sandbox is null ? new TcpDialer().DialAsync : sandbox.DialAsync,
    Handshake = bitcoin.HandshakeAsync,
    HandshakeTimeout = TimeSpan.FromSeconds(10),
    AddressSource = frontier,
    TargetOutbound = 64, // Nodes asked at a time.
    DialsPerSecond = 128, // Without it, dials are fast only until 64 are connected for the first time.
    MaxOutboundPerNetgroup = 64, // Visited, not relied upon.
    OnConnection = AskAsync,
});
await manager.StartAsync();
await frontier.Done;
// end

var (known, asked, failed) = frontier.Counts;
Console.WriteLine($"{known} addresses: {asked} nodes were asked, {failed} could not be reached");

// snippet: ask
async Task AskAsync(ConnectionRequest request, Connection connection, CancellationToken token)
{
    var peer = (BitcoinPeer)connection.UserState!;
    using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
    using var patience = CancellationTokenSource.CreateLinkedTokenSource(token, deadline.Token);
    try
    {
        await peer.SendAsync(MessageCommand.GetAddr, default, patience.Token);
        await BitcoinProtocol.RunAsync(connection, OnMessageAsync, patience.Token);
    }
    finally
    {
        frontier.Asked();
    }

    ValueTask OnMessageAsync(BitcoinPeer from, BitcoinMessage message, CancellationToken _)
    {
        if (!AddressMessage.IsAddressCommand(message.Command))
            return ValueTask.CompletedTask;
        var addresses = AddressMessage.Decode(message.Command, message.Payload.Span);
        frontier.Add(addresses);
        if (addresses.Length > 1) // A single one is the peer's own address, sent without a request.
            connection.Close("it has answered");
        return ValueTask.CompletedTask;
    }
}
// end
