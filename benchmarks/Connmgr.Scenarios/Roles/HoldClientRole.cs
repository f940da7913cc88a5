using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Connmgr.Scenarios;

/// <summary>For each number that it reads, opens and holds that many more connections to a port on loopback, and reports it; closes them when its input ends.</summary>
internal static class HoldClientRole
{
    public const string Name = "hold-client";

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, int.Parse(arguments[0], CultureInfo.InvariantCulture));
        var held = new List<Socket>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            for (var left = int.Parse(line, CultureInfo.InvariantCulture); left > 0; left--)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                held.Add(socket);
                await socket.ConnectAsync(endPoint);
            }

            Console.WriteLine("held");
        }

        foreach (var socket in held)
            socket.Dispose();
    }
}
