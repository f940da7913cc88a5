using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>
/// Accepts connections and holds them until the other end closes. Writes its port; for each line that it reads it waits until it holds none, and listens on another port, which it
/// writes. So recently closed connections do not slow down later ones: with 10,000 of them in TIME_WAIT to one port, the kernel's search for a free one took a quarter of the time.
/// Uses bare sockets, to be cheap.
/// </summary>
internal static class ListenRole
{
    public const string Name = "listen";

    private static int _held;

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        string? line;
        do
        {
            using var end = new CancellationTokenSource();
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(4096);
            var accepting = Task.Run(() => AcceptAsync(listener, end.Token), CancellationToken.None);
            Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
            line = await Console.In.ReadLineAsync(CancellationToken.None);
            while (line is not null && Volatile.Read(ref _held) > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
            await end.CancelAsync();
            await accepting;
        }
        while (line is not null);
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
            // This process ends, and its connections with it.
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
