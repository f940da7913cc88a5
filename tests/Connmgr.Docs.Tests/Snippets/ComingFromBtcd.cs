using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The sample of docs/coming-from-btcd.md. It is not run, because it would ask real seeds.</summary>
internal static class ComingFromBtcd
{
    public static async Task RunAsync(Func<Stream, CancellationToken, Task> talkAsync, CancellationToken stopping)
    {
        // snippet: sample
        var addresses = new ConcurrentQueue<EndPoint>();
        await new DnsSeeder(ChainParameters.Mainnet).SeedAsync(requiredServices: 0x9, (seed, peers, _) =>
        {
            foreach (var peer in peers)
                addresses.Enqueue(peer.EndPoint.ToEndPoint()!); // never null for an address from a DNS seed
            return ValueTask.CompletedTask;
        }, stopping);

        await using var manager = new ConnectionManager(new ConnectionManagerOptions
        {
            TargetOutbound = 8,
            Dial = new TcpDialer().DialAsync,
            GetNewAddress = _ => ValueTask.FromResult(addresses.TryDequeue(out var next) ? next : null),
            OnConnection = (request, connection, closing) => talkAsync(connection.Stream, closing), // closed when this task ends
            OnDisconnection = (request, connection) => Console.Out.WriteLineAsync($"{request.EndPoint} is gone"),
        });
        await manager.StartAsync(stopping);

        var mine = manager.Connect(new DnsEndPoint("node.example", 8333), permanent: true); // mine.Id is known already
        var first = await mine.FirstOutcome;
        Console.WriteLine(first.Succeeded ? "connected" : $"failed in {first.Phase}: {first.Cause}; it is tried again");

        await manager.RemoveAsync(mine.Id, stopping);
        await manager.StopAsync(stopping); // nothing is left open after this
        // end
    }
}
