using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Scenarios;

/// <summary>
/// A peer of regtest at every address of this machine, on one port: it completes the handshake and answers pings. In a network namespace where every address is local it is
/// thousands of peers. Writes <c>listening</c>; ends when its input does.
/// </summary>
internal static class BitcoinStubsRole
{
    public const string Name = "bitcoin-stubs";

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var protocol = new BitcoinProtocol(new()
        {
            Chain = ChainParameters.Regtest,
            UserAgent = "/Stub:1/",
            Services = NodeServices.Network | NodeServices.Witness,
        });
        using var end = new CancellationTokenSource();
        await using var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Any, port), backlog: 4096);
        var serving = Task.Run(() => AcceptAsync(protocol, listener, end.Token));
        Console.WriteLine("listening");
        while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
        {
            // Its input has no content.
        }

        await end.CancelAsync();
        await serving;
    }

    private static async Task AcceptAsync(BitcoinProtocol protocol, TcpConnectionListener listener, CancellationToken cancellationToken)
    {
        var peers = new List<Task>();
        try
        {
            while (true)
                peers.Add(ServeAsync(protocol, await listener.AcceptAsync(cancellationToken), cancellationToken));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(peers);
        }
    }

    private static async Task ServeAsync(BitcoinProtocol protocol, Stream stream, CancellationToken cancellationToken)
    {
        await using (stream)
        {
            try
            {
                var peer = await protocol.HandshakeAsync(stream, ConnectionDirection.Inbound, remoteEndPoint: null, cancellationToken);
                await peer.RunAsync(static (_, _, _) => ValueTask.CompletedTask, cancellationToken);
            }
            catch (Exception exception) when (exception is ConnectFailedException or BitcoinProtocolException or IOException or SocketException or OperationCanceledException)
            {
                // The other side closed the connection, or this process ends.
            }
        }
    }
}
