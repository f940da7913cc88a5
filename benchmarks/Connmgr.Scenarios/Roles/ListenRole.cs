using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>
/// Accepts and holds until the other end closes. Writes its port; answers each line that it reads once nothing is held. Uses bare sockets, to be cheap.
/// </summary>
internal static class ListenRole
{
    public const string Name = "listen";

    private static int _held;

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        using var end = new CancellationTokenSource();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        var accepting = Task.Run(() => AcceptAsync(listener, end.Token), CancellationToken.None);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
        {
            while (Volatile.Read(ref _held) > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            Console.WriteLine("empty");
        }

        await end.CancelAsync();
        await accepting;
    }

    private static async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        var holding = new List<Task>();
        try
        {
            while (true)
            {
                var accepted = await listener.AcceptAsync(cancellationToken);
                Interlocked.Increment(ref _held);
                holding.Add(HoldAsync(accepted));
            }
        }
        catch (OperationCanceledException)
        {
            // This process is to end, and its connections with it.
        }
    }

    private static async Task HoldAsync(Socket accepted)
    {
        try
        {
            await accepted.ReceiveAsync(Memory<byte>.Empty);
        }
        catch (SocketException)
        {
            // Reset instead of closed.
        }

        accepted.Dispose();
        Interlocked.Decrement(ref _held);
    }
}
