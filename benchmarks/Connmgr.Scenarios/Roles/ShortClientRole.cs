using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>
/// Connects to a port of loopback, waits for the end, and again: so many in flight, so many in all. Warms up, says so, and for each line that it reads
/// does it and writes the seconds that it took.
/// </summary>
internal static class ShortClientRole
{
    public const string Name = "short-client";

    private const int WarmUp = 500;

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, int.Parse(arguments[0], CultureInfo.InvariantCulture));
        var inFlight = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var connections = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        await ConnectAllAsync(endPoint, inFlight, WarmUp);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
            var started = TimeProvider.System.GetTimestamp();
            await ConnectAllAsync(endPoint, inFlight, connections);
            Console.WriteLine(TimeProvider.System.GetElapsedTime(started).TotalSeconds.ToString("r", CultureInfo.InvariantCulture));
        }
    }

    private static async Task ConnectAllAsync(IPEndPoint endPoint, int inFlight, int connections)
    {
        var left = connections;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            var buffer = new byte[16];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(endPoint);
                await WaitForEndAsync(socket, buffer);
            }
        })));
    }

    private static async Task WaitForEndAsync(Socket socket, Memory<byte> buffer)
    {
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
                // Nothing is sent, but it would not be the end.
            }
        }
        catch (SocketException)
        {
            // Reset is an end too.
        }
    }
}
