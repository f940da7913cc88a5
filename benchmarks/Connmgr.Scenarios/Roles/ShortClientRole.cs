using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>
/// Connects to a port on loopback, waits for the end of the connection, and again: a number in flight, a number in all. Warms up, reports it, and for each line that it reads
/// repeats it and writes the seconds that it took. Uses a thread and blocking calls for each connection in flight: it shares the processors with the measured process, and must be cheap.
/// </summary>
internal static class ShortClientRole
{
    public const string Name = "short-client";

    private const int WarmUp = 500;
    private const int StackSize = 256 * 1024;

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

    private static Task ConnectAllAsync(IPEndPoint endPoint, int inFlight, int connections)
    {
        var left = connections;
        return Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ =>
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(
                () =>
                {
                    try
                    {
                        var buffer = new byte[16];
                        while (Interlocked.Decrement(ref left) >= 0)
                            ConnectOnce(endPoint, buffer);
                        ended.SetResult();
                    }
                    catch (Exception exception)
                    {
                        ended.SetException(exception);
                    }
                },
                StackSize).Start();
            return ended.Task;
        }));
    }

    private static void ConnectOnce(IPEndPoint endPoint, byte[] buffer)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(endPoint);
        try
        {
            while (socket.Receive(buffer) > 0)
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
