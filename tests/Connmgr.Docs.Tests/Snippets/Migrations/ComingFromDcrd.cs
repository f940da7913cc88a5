using System.Net;

namespace Connmgr.Docs.Tests.Snippets.Migrations;

/// <summary>The program of docs/coming-from-dcrd.md. A test runs it in memory.</summary>
internal static class ComingFromDcrd
{
    public static async Task RunAsync(
        IConnectionListener listener, IAddressSource addresses, EndPoint home, EndPoint other, Func<EndPoint, CancellationToken, ValueTask<Stream>> dial,
        Func<Connection, CancellationToken, Task> talkAsync, Action<string> write, CancellationToken stopping)
    {
        // snippet: after
        await using var manager = new ConnectionManager(new()
        {
            Listeners = [listener], // TcpConnectionListener.Listen(endPoint)
            OnAccept = talkAsync,
            InboundLimits = new() { MaxConnections = 117, MaxPerHost = 5, AllowList = [AllowedRange.Parse("192.168.0.0/16")] },
            TargetOutbound = 8,
            Dial = dial, // new TcpDialer().DialAsync
            DialTimeout = TimeSpan.FromSeconds(30),
            AddressSource = addresses, // new AddressPool(...), or an AddressBookSource, which chooses as GetNewAddress of dcrd does.
            OnConnection = (request, connection, closing) => talkAsync(connection, closing), // Closed when this task ends.
            OnDisconnection = async (request, connection) => write($"{connection.RemoteEndPoint} is gone: {await connection.Closed}"),
        });
        var kept = manager.Connect(home, permanent: true); // Before or after the start; kept.Id stays the same.
        await manager.StartAsync(stopping);

        var outcome = await manager.Connect(other).FirstOutcome;
        write(outcome.Succeeded ? $"{other} is connected" : $"{other}: {outcome.Phase} {outcome.Cause}");

        foreach (var each in (await manager.GetSnapshotAsync(stopping)).Connections)
            write($"{each.Connection.Direction} {each.Connection.RemoteEndPoint}");

        await manager.RemoveAsync(kept.Id, stopping);
        await manager.StopAsync(stopping); // Nothing is left open, and every callback has ended.
        // end
    }
}
