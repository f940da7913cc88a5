using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Scenarios;

/// <summary>
/// A peer of regtest at every address of this machine, on one port: it completes the handshake and answers pings. In a network namespace where every address is local it is
/// thousands of peers. Writes <c>listening</c> and the port. For each line <c>inv 20</c> or <c>ping 20</c>, every peer sends so many of these, none before the one before has arrived, or
/// was answered; then it writes <c>done</c>. Ends when its input does.
/// </summary>
internal static class BitcoinStubsRole
{
    public const string Name = "bitcoin-stubs";

    private const int InventoryLength = 1 + 4 + 32; // One entry.

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var protocol = new BitcoinProtocol(new()
        {
            Chain = ChainParameters.Regtest,
            UserAgent = "/Stub:1/",
            Services = NodeServices.Network | NodeServices.Witness,
        });
        var peers = new ConcurrentDictionary<BitcoinPeer, byte>();
        using var end = new CancellationTokenSource();
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, port), backlog: 4096);
        var serving = Task.Run(() => AcceptAsync(protocol, listener, peers, end.Token));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"listening {((IPEndPoint)listener.LocalEndPoint).Port}"));
        while (await Console.In.ReadLineAsync(CancellationToken.None) is { } line)
        {
            var words = line.Split(' ');
            await SendAsync(words[0], int.Parse(words[1], CultureInfo.InvariantCulture), [.. peers.Keys]);
            Console.WriteLine("done");
        }

        await end.CancelAsync();
        await serving;
    }

    private static async Task SendAsync(string command, int count, BitcoinPeer[] peers)
    {
        var isPing = string.Equals(command, "ping", StringComparison.Ordinal);
        var inventory = new byte[InventoryLength];
        inventory[0] = 1;
        for (var i = 0; i < count; i++)
        {
            foreach (var peer in peers)
            {
                if (isPing)
                    await peer.PingAsync();
                else
                    await peer.SendAsync(MessageCommand.Inv, inventory);
            }
        }
    }

    private static async Task AcceptAsync(
        BitcoinProtocol protocol, TcpConnectionListener listener, ConcurrentDictionary<BitcoinPeer, byte> running, CancellationToken cancellationToken)
    {
        var peers = new List<Task>();
        try
        {
            while (true)
                peers.Add(ServeAsync(protocol, await listener.AcceptAsync(cancellationToken), running, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(peers);
        }
    }

    private static async Task ServeAsync(
        BitcoinProtocol protocol, Stream stream, ConcurrentDictionary<BitcoinPeer, byte> running, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            try
            {
                var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, remoteEndPoint: null, cancellationToken);
                running.TryAdd(peer, 0);
                await peer.RunAsync(static (_, _, _) => ValueTask.CompletedTask, cancellationToken);
                running.TryRemove(peer, out _);
            }
            catch (Exception exception) when (exception is ConnectFailedException or BitcoinProtocolException or IOException or SocketException or OperationCanceledException)
            {
                // The other side closed the connection, or this process ends.
            }
        }
    }
}
