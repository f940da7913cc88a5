using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>A SOCKS5 server that answers every RESOLVE with one address, as Tor would. Writes its port; ends when its input does.</summary>
internal static class SocksStubRole
{
    public const string Name = "socks-stub";

    private static readonly byte[] NoAuthentication = [5, 0];
    private static readonly byte[] Answer = [5, 0, 0, 1, 20, 1, 2, 3, 0, 0];

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        using var end = new CancellationTokenSource();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        var serving = Task.Run(() => ServeAsync(listener, end.Token), CancellationToken.None);
        while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
        {
            // Its input has no content.
        }

        await end.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(Socket listener, CancellationToken cancellationToken)
    {
        var buffer = new byte[512];
        while (true)
        {
            try
            {
                using var client = await listener.AcceptAsync(cancellationToken);
                client.NoDelay = true;
                await client.ReceiveAsync(buffer, cancellationToken);
                await client.SendAsync(NoAuthentication, cancellationToken);
                await client.ReceiveAsync(buffer, cancellationToken);
                await client.SendAsync(Answer, cancellationToken);
                while (await client.ReceiveAsync(buffer, cancellationToken) > 0)
                {
                    // Until the client has closed, so that the ports in TIME_WAIT are the client's.
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client closed with a reset.
            }
        }
    }
}
