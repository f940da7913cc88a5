// snippet: manager
using System.Net;
using Connmgr;

// The manager alone, without a protocol: you provide the dialler, the addresses and the handler.
var addresses = new AddressPool([IPEndPoint.Parse("127.0.0.1:8333"), IPEndPoint.Parse("127.0.0.2:8333")]);

await using var manager = new ConnectionManager(new()
{
    Dial = new TcpDialer().DialAsync,
    AddressSource = addresses,
    TargetOutbound = 2,
    OnConnection = async (request, connection, token) =>
    {
        Console.WriteLine($"connected to {connection.RemoteEndPoint}");
        var buffer = new byte[4096];
        while (await connection.Stream.ReadAsync(buffer, token) is > 0 and var count)
            Console.WriteLine($"{count} bytes from {connection.RemoteEndPoint}");
    },
    OnDisconnection = async (request, connection) => Console.WriteLine($"{request} ended: {await connection.Closed}"),
});
await manager.StartAsync();

var kept = manager.Connect(new DnsEndPoint("localhost", 8333), permanent: true); // Kept connected, with growing delays between attempts.
var outcome = await kept.FirstOutcome;
Console.WriteLine(outcome.Succeeded ? $"{kept} is up" : $"{kept}: {outcome.Phase} {outcome.Cause}; it is tried again");

await manager.SetTargetOutboundAsync(1); // Limits may change while it runs.
await manager.RemoveAsync(kept.Id);
// end
