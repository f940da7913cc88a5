using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Crawler;

// Asks every node that it can find for the addresses that it knows, until there is nobody left to ask. The manager dials, shakes hands, keeps the pace
// and cleans up; the crawler says whom to ask next. With the argument "sandbox": a Bitcoin network in memory, which it crawls to the end.
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
    TargetOutbound = 64, // So many are asked at a time.
    DialsPerSecond = 128, // Always: without it, only until there are 64 for the first time.
    MaxOutboundPerNetgroup = 64, // They are visited, not relied upon.
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
    var peer = (BitcoinPeer)connection.Session!;
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
        if (!AddressMessage.Is(message.Command))
            return ValueTask.CompletedTask;
        var addresses = AddressMessage.Decode(message.Command, message.Payload.Span);
        frontier.Add(addresses);
        if (addresses.Length > 1) // A single one is the peer's own, told unasked.
            connection.Close("it told what it knows");
        return ValueTask.CompletedTask;
    }
}
// end
